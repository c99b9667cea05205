from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from libs.common.tether import tethered
from tests.servers.binaries import wait_until

PARENT = """
import subprocess, sys
from libs.common.tether import tethered
child = subprocess.Popen(tethered([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]),
                         stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_command_runs_with_its_arguments_and_exit_code() -> None:
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(7)", "a b", "", "--c"]
    result = subprocess.run(tethered(command), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (7, "['a b', '', '--c']")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has PR_SET_PDEATHSIG")
def test_it_dies_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=Path.cwd()) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
        wait_until(lambda: gone(child), seconds=10, what="the child is gone")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has PR_SET_PDEATHSIG")
def test_it_does_not_start_where_the_parent_has_died_already() -> None:
    command = tethered([sys.executable, "-c", "print('ran')"])
    command[command.index(str(os.getpid()))] = "1"
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")


def test_it_outlives_other_threads_of_its_parent() -> None:
    with subprocess.Popen(tethered([sys.executable, "-c", "input()"]), stdin=subprocess.PIPE) as child:
        for _ in range(3):
            thread = threading.Thread(target=lambda: None)
            thread.start()
            thread.join()
        assert child.poll() is None
        child.communicate(b"\n", timeout=30)
        assert child.returncode == 0


def test_elsewhere_than_on_linux_the_command_is_run_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.common.tether.sys.platform", "darwin")
    assert tethered(["mongod", "--version"]) == ["mongod", "--version"]
