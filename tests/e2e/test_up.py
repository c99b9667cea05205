"""`manage.py up`: starts, stops in order, keeps its state, and says what is in the way."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.e2e.road import answered, edited, export, members, upload
from tests.servers.binaries import wait_until
from tests.servers.entrepot import ROOT, Up, clean_environment, up

CTRL_C = signal.SIGINT


def second(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Another `up` beside the first; it must end by itself."""
    command = [sys.executable, str(ROOT / "manage.py"), "up"]
    environment = clean_environment(ENTREPOT_HOME=home, PORT=port)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def test_ctrl_c_ends_everything_and_a_backup_brings_it_back(tmp_path: Path) -> None:
    """The recipe of docs/operations.md: stop, copy the home, lose it, put the copy back, start."""
    home, backup = tmp_path / "home", tmp_path / "backup.tar"
    with up(home) as first, httpx.Client(base_url=first.base_url, timeout=60) as http:
        answered(upload(http, edited(export(http, "click", "upload-ready"), line="# kept")))
        children = first.children()
        first.process.send_signal(CTRL_C)
        assert first.process.wait(timeout=60) == 0
        assert not [child for child in children if child.is_running()]

    subprocess.run(["tar", "-cf", backup, "-C", tmp_path, "home"], check=True)
    shutil.rmtree(home)
    subprocess.run(["tar", "-xf", backup, "-C", tmp_path], check=True)

    with up(home) as again, httpx.Client(base_url=again.base_url, timeout=60) as http:
        assert b"# kept" in members(export(http, "click", "upload-ready"))["actor.py"]


def test_a_killed_service_is_started_again(alone: Up) -> None:
    process = alone.service("exporter")
    assert process is not None
    process.kill()

    wait_until(lambda: alone.service("exporter"), seconds=30, what="the exporter is started again")
    with httpx.Client(base_url=alone.base_url, timeout=60) as http:
        assert export(http, "click", "upload-ready")


def test_a_second_up_says_what_is_in_the_way(alone: Up, tmp_path: Path) -> None:
    taken = second(tmp_path / "other", alone.port)
    busy = second(Path(alone.environment["ENTREPOT_HOME"]), 0)

    assert (taken.returncode, busy.returncode) == (1, 1)
    assert "PORT" in taken.stderr
    assert "runs in" in busy.stderr
    assert "Traceback" not in taken.stderr + busy.stderr
