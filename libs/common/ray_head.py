"""The local Ray, where no `RAY_ADDRESS` is set: a child process with an environment of its own (DESIGN §2, §7).

Workers inherit that environment and, of the same user, could read any other process's; so it holds no secret but
Ray's own token, and where root allows, it has a user id of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import site
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

import orjson
import psutil
import structlog
from pydantic import BaseModel

from libs.common.errors import Unavailable
from libs.common.tether import tethered
from libs.common.threads import in_thread

START_SECONDS: Final = 120.0
"""About 4 s on an idle machine; ten times that where others keep it busy."""
STOP_SECONDS: Final = 15.0
RESTART_DELAYS: Final = (0.5, 1.0, 2.0, 5.0, 15.0)
"""Waits before successive restarts, in seconds; the last one repeats."""
OBJECT_STORE_BYTES: Final = 80 * 2**20
"""Pages and answers are small; it lies in shared memory, of which containers have little."""
LOG_BYTES: Final = 5 * 2**20
"""Of each worker's standard output and error; above it Ray begins a new file and keeps one old."""
NICENESS: Final = 5
"""Experiments yield to the platform's own services, but not to everything else on the machine."""
ENVIRONMENT_TRIES: Final = 2
"""Of installing requirements; Ray's ten keep whoever misspelled one waiting for two minutes."""
WORKER_UID: Final = 61_199
"""A user that has no account: the end of systemd's range for dynamic users."""
PREFIX: Final = "entrepot-ray-"
INHERITED: Final = (
    *(
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "LD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
    ),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *(
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_NO_INDEX",
        "PIP_CERT",
        "PIP_CONFIG_FILE",
    ),
)
"""What the head and its workers keep of our environment: what programs and pip need to run at all."""

log = structlog.get_logger(__name__)


class RayFailed(Unavailable):
    """The local Ray does not start."""

    code = "ray-failed"


class RayHead(BaseModel, frozen=True):
    """A local Ray that runs."""

    address: str
    token_file: Path
    """Readable by its owner only."""
    folder: Path
    """All of Ray's files; what workers are to read may be put there, too."""

    def token(self) -> str:
        return self.token_file.read_text("ascii")


class LocalRay:
    """Starts Ray and brings it back when it ends; `tell` hears of each new head, and of None when there is none.

    To be used on a thread that lives as long as the process, see `libs.common.tether`.
    """

    def __init__(self, home: Path, tell: Callable[[RayHead | None], None]) -> None:
        self._home = home / "ray"
        self._tell = tell

    async def run(self) -> None:
        """Until cancelled; then Ray ends."""
        failures = 0
        while True:
            try:
                async with ray_head(self._home) as (head, process):
                    self._tell(head)
                    failures = 0
                    log.warning("ray ended", exit_code=await process.wait())
            except RayFailed as error:
                failures += 1
                log.error("ray does not start", reason=error.detail, failures=failures)  # noqa: TRY400
            finally:
                self._tell(None)
            await asyncio.sleep(RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)])


@contextlib.asynccontextmanager
async def ray_head(home: Path) -> AsyncIterator[tuple[RayHead, Process]]:
    """A head while entered. Raises: RayFailed."""
    uid = worker_uid()
    folder = await in_thread(_prepare, home, uid)
    token_file = home / "token"
    token = await in_thread(_token, token_file)
    process = await _spawn(home, folder, token, uid)
    try:
        address = await _address(process, home / "head.log")
        yield RayHead(address=address, token_file=token_file.absolute(), folder=folder), process
    finally:
        await _stop(process)
        await in_thread(_end_what_is_left, folder)
        await in_thread(shutil.rmtree, folder, ignore_errors=True)


def worker_uid() -> int | None:
    """The user id for Ray, or None for our own: where we are not root, or Python lies where no other user may read."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return None
    needed = (
        Path(sys.executable),
        Path(sys.executable).resolve(),
        *map(Path, site.getsitepackages()),
        Path(__file__),
    )
    closed = [folder for path in needed for folder in path.parents if not folder.stat().st_mode & 0o001]
    if closed:
        log.warning(
            "experiments run as this user, for other users cannot read Python", closed=str(closed[0]), uid=0
        )
        return None
    return WORKER_UID


def worker_environment(folder: Path, token: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "USER": "experiments",
        "PYTHONDONTWRITEBYTECODE": "",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ROTATION_MAX_BYTES": str(LOG_BYTES),
        "RAY_ROTATION_BACKUP_COUNT": "1",
        "RAY_worker_niceness": str(NICENESS),
        "RUNTIME_ENV_RETRY_TIMES": str(ENVIRONMENT_TRIES),
    }


def _prepare(home: Path, uid: int | None) -> Path:
    """A new folder with a short name, for Unix sockets lie in it; what an earlier head left is removed."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    note = home / "folder"
    if note.exists():
        left = Path(note.read_text("utf-8"))
        if left.name.startswith(PREFIX):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    note.write_text(str(folder), "utf-8")
    if uid is not None:
        os.chown(folder, uid, uid)
    return folder


async def _spawn(home: Path, folder: Path, token: str, uid: int | None) -> Process:
    parameters = {
        "num_cpus": os.cpu_count() or 1,
        "object_store_memory": OBJECT_STORE_BYTES,
        "namespace": "entrepot",
        "_temp_dir": str(folder),
    }
    # -P: neither this folder nor the current one is on the path, so the checkout's modules are out of reach.
    script = Path(__file__).with_name("ray_head_process.py")
    command = tethered([sys.executable, "-P", str(script), orjson.dumps(parameters).decode()])
    if uid is not None:
        ids = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        command = ["setpriv", *ids, "--", *command]
    with (home / "head.log").open("wb") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=output,
            env=worker_environment(folder, token),
            cwd=folder,
            start_new_session=True,
        )


async def _address(process: Process, output: Path) -> str:
    assert process.stdout is not None
    line = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
    if not line:
        said = await in_thread(output.read_text, "utf-8", "replace")
        raise RayFailed("The local Ray does not start:\n" + "\n".join(said.splitlines()[-5:]))
    return str(orjson.loads(line)["address"])


def _token(path: Path) -> str:
    """The home's: Ray reads a token once in a process, which could not connect to the next head with another one."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    return path.read_text("ascii")


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()  # Ray's own processes are tethered to it
        await process.wait()


def _end_what_is_left(folder: Path) -> None:
    """Ray's agents outlive a head that was killed by as long as they take to notice, and take ports meanwhile."""
    deadline = time.monotonic() + STOP_SECONDS
    while (
        left := list(_at_home_in(folder))
    ) and time.monotonic() < deadline:  # one may start another while it dies
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=STOP_SECONDS)


def _at_home_in(folder: Path) -> Iterator[psutil.Process]:
    """Whatever they call themselves: they start in the folder, and it is their home.

    Either alone misses some: workers may go elsewhere, and who changes its title may overwrite its environment.
    """
    marker = f"HOME={folder}".encode()
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            starts_here = Path(process.cwd()).is_relative_to(folder)
            if starts_here or marker in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"):
                yield process
