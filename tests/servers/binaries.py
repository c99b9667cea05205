"""What every local server needs: its program, a free port, a start that is awaited and a certain end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

from libs.common.tether import tethered

GIVEN: Mapping[str, str] = dict(os.environ)
"""The environment as the suite was started; fixtures scrub `os.environ` of addresses later."""


class ServerMissing(RuntimeError):
    """A server that a test needs cannot be started here; such a test fails, it is never skipped."""


def find_binary(name: str, remedy: str) -> str:
    """The program beside this interpreter or on PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise ServerMissing(f"`{name}` is not installed: {remedy}")
    return found


_LOWEST, _COUNT = 10_000, 20_000
_candidates = cycle(_LOWEST + (os.getpid() * 101 + number) % _COUNT for number in range(_COUNT))
"""Each process begins elsewhere, so that two of them do not try the same ports at the same time."""


def free_port() -> int:
    """A port below those that the system gives to clients: one of these could take it before the server does."""
    for port in _candidates:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("the candidates never end")


def accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Poll until the condition holds. Raises: TimeoutError that names `what`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds} s: {what}")
        time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, ready: Callable[[], object], seconds: float = 30
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process from ready to killed; it never outlives the test process."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            tethered(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until(
            lambda: process.poll() is not None or ready(), seconds=seconds, what=f"{command[0]} is ready"
        )
        if process.poll() is not None:
            raise ServerMissing(f"{command[0]} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        yield process
    finally:
        process.kill()
        process.wait()
