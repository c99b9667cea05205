"""An exported experiment as its new owner starts it: `python standalone_main.py` in the unpacked folder."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.servers.binaries import free_port, wait_until
from tests.servers.entrepot import Process, clean_environment

START_SECONDS = 110.0
STANDALONE_NAMES = ("DB_NAME", "HOST", "RAY_ADDRESS", "STANDALONE_USER_EMAIL", "PYTHONPATH")


def unpack(packed: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)
    return folder


def environment_of(mongo_uri: str | None, **values: object) -> dict[str, str]:
    """What a shell of the new owner's holds; nothing of the project's."""
    given = {} if mongo_uri is None else {"MONGO_URI": mongo_uri}
    clean = clean_environment(**given, **values)
    return {name: value for name, value in clean.items() if name in values or name not in STANDALONE_NAMES}


@dataclass
class Standalone(Process):
    """The application, its port and its folder."""

    folder: Path = field(default_factory=Path)
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/livez", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def launch(self) -> None:
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: not self.running or self.is_ready(), seconds=START_SECONDS, what="it answers")
        assert self.running, f"it ended while starting:\n{self.tail()}"


@contextmanager
def standalone(
    folder: Path, mongo_uri: str, *, python: str = sys.executable, **values: object
) -> Iterator[Standalone]:
    """Started and answering; at the end it and its Ray are gone."""
    port = free_port()
    # Ray's sockets lie beneath, and the path of a socket has at most 107 bytes.
    ray_folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    environment = environment_of(mongo_uri, PORT=port, RAY_TMPDIR=ray_folder, **values)
    log = folder.with_suffix(".log")
    app = Standalone("standalone", [python, "standalone_main.py"], environment, log, folder=folder, port=port)
    try:
        app.start()
        yield app
        assert app.running, app.tail()
    finally:
        end(app)
        shutil.rmtree(ray_folder, ignore_errors=True)


def end(app: Standalone) -> None:
    """Stop it as Ctrl-C would; whatever of it is left is killed."""
    family = psutil.Process(app.process.pid).children(recursive=True) if app.running else []
    if app.running:
        app.stop()
    for process in family:
        if process.is_running():
            process.kill()
    psutil.wait_procs(family, timeout=10)


def run_to_its_end(folder: Path, **values: object) -> subprocess.CompletedProcess[str]:
    """Without MONGO_URI."""
    return subprocess.run(
        [sys.executable, "standalone_main.py"],
        cwd=folder,
        env=environment_of(None, **values),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
