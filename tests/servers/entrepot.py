"""Entrepot itself as processes: the whole by `manage.py up`, or single services beside real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from libs.common.service import READY
from libs.common.settings import Settings
from libs.common.tether import tethered
from tests.servers.binaries import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 150.0
SETTING_NAMES = frozenset(
    {name.upper() for name in Settings.model_fields} | {"ENTREPOT_HOME", "ENTREPOT_ADMIN_TOKEN"}
)


def clean_environment(**values: object) -> dict[str, str]:
    """This process's environment without any setting of Entrepot, plus `values`."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    return kept | {name: str(value) for name, value in values.items()}


class Served(Protocol):
    """A platform, however many processes it is made of."""

    @property
    def base_url(self) -> str: ...

    @property
    def environment(self) -> Mapping[str, str]:
        """For commands beside it."""


@dataclass
class Process:
    """A process of ours with its log. It never outlives the test process."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Raises: AssertionError with the log's end if it ends before it is ready; TimeoutError."""
        self.launch()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Raises: as `start`."""
        wait_until(
            lambda: not self.running or self.is_ready(), seconds=START_SECONDS, what=f"{self.name} is ready"
        )
        assert self.running, f"{self.name} ended while starting:\n{self.tail()}"

    def launch(self) -> None:
        """Start without waiting."""
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                tethered(self.command),
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} was never started"
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        return READY in self.log.read_text(errors="replace").splitlines()

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        self.process.kill()
        self.process.wait()

    def stop(self, *, seconds: float = 40) -> int:
        """As an orchestrator would: SIGTERM, then wait. Raises: TimeoutExpired."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


@dataclass
class Up(Process):
    """`manage.py up` and what it serves."""

    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=2) as response:
                return bool(response.status == 200) and "Entrepot serves on" in self.tail()
        except OSError:
            return False

    def children(self) -> list[psutil.Process]:
        """Services and embedded parts that run now."""
        return psutil.Process(self.process.pid).children()

    def service(self, name: str) -> psutil.Process | None:
        """The service's process, if it runs now."""
        for child in self.children():
            with suppress(psutil.Error):  # it may end while it is looked at
                if f"services.{name}" in child.cmdline():
                    return child
        return None

    def embedded(self, program: str) -> psutil.Process | None:
        """The process of an embedded part, if it runs now."""
        for child in self.children():
            with suppress(psutil.Error):
                if child.name() == program:
                    return child
        return None


@contextmanager
def up(home: Path, **settings: object) -> Iterator[Up]:
    """The whole platform on the embedded default, ready; killed at the end if it still runs.

    An import starts Ray only where `HOST_EXPERIMENTS=1` is given.
    """
    port = free_port()
    umask = settings.pop("umask", "022")
    environment = clean_environment(
        **{"HOST_EXPERIMENTS": 0, "ENTREPOT_HOME": home, "PORT": port, **settings}
    )
    home.parent.mkdir(parents=True, exist_ok=True)
    command = ["sh", "-c", f"umask {umask}; exec {sys.executable} manage.py up"]
    platform = Up("up", command, environment, home.with_suffix(".log"), port=port)
    platform.start()
    try:
        yield platform
    finally:
        if platform.running:
            platform.stop()


def service(name: str, log: Path, **settings: object) -> Process:
    """One service process, not started yet."""
    environment = clean_environment(**{"HOST_EXPERIMENTS": 0, **settings})
    return Process(name, [sys.executable, "-m", f"services.{name}"], environment, log)


@contextmanager
def started(processes: Sequence[Process]) -> Iterator[None]:
    """All of them, started at the same time and ready; killed at the end."""
    try:
        for process in processes:
            process.launch()
        for process in processes:
            process.wait_until_ready()
        yield
    finally:
        for process in processes:
            if process.running:
                process.kill()
