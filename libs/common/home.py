"""Who starts the embedded parts in `ENTREPOT_HOME`, and how the others find them (DESIGN §2).

The process that holds the flock `{home}/lock` starts mongod where `MONGO_URI` is unset and writes its address to
`{home}/run.json`. The lock file names the holder's pid and role.

- `manage.py up`: `async with enter_home(settings, Role.UP)` around everything else. Its services are children that
  get no `MONGO_URI`, so that they still count as embedded; they find the address with `resolve_mongo_uri(settings)`.
- `manage.py serve exporter`: `enter_home(settings, Role.SERVE)` joins who runs, or holds if alone.
- `manage.py dead-letters …`: `enter_home(settings, Role.COMMAND)`, likewise, for the command's time.
- `reach_ray(settings)`, in a service: the holder starts the local Ray when somebody first asks.

Only the long-lived `up` and `serve` are joined. A command's mongod ends with it, so its lock is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from libs.common.database.embedded import embedded_mongod
from libs.common.database.mongod import find_mongod
from libs.common.errors import Conflict, Misconfigured, Unavailable
from libs.common.home_lock import Holder, Role, claim, holder_of, lock_file
from libs.common.ray_head import LocalRay, RayHead
from libs.common.settings import Settings

__all__ = [
    "HomeAddresses",
    "HomeBusy",
    "HomeNotRunning",
    "Role",
    "enter_home",
    "find_ray",
    "reach_ray",
    "resolve_mongo_uri",
]

WAIT_SECONDS: Final = 60.0
"""How long another's command, or a holder's start, may keep us waiting; both take seconds."""
POLL_SECONDS: Final = 0.1
RAY_SECONDS: Final = 150.0
"""How long a start of the local Ray may take, with one restart."""
RAY_WANTED: Final = "ray.wanted"
"""File in the home by which a service asks its holder for Ray."""


class HomeBusy(Conflict):
    """Another process works in this ENTREPOT_HOME."""

    code = "home-busy"


class HomeNotRunning(Unavailable):
    """No MONGO_URI is set, and nothing runs in this ENTREPOT_HOME."""

    code = "home-not-running"


@dataclass(frozen=True)
class HomeAddresses:
    """Where the parts are, for as long as the home is entered."""

    mongo_uri: str = field(repr=False)
    is_holder: bool


class _RunFile(BaseModel):
    """Contents of `run.json`; valid only while `pid` holds the lock."""

    pid: int
    mongo_uri: str | None
    """None where the holder was given `MONGO_URI`, which may hold a password."""
    ray: RayHead | None = None
    """The local Ray, once it was asked for."""


@asynccontextmanager
async def enter_home(settings: Settings, role: Role) -> AsyncIterator[HomeAddresses]:
    """Hold the home, or join its holder and stop nothing; `Role.UP` only ever holds.

    Raises: HomeBusy, Misconfigured, MongodNotFound, MongodFailed.
    """
    given = _given_uri(settings)
    if given is not None and role is not Role.UP:
        yield HomeAddresses(given, is_holder=False)
        return
    with lock_file(settings.home) as lock:
        joined = await _hold_or_join(lock, settings.home, role)
        if joined is not None:
            yield HomeAddresses(joined, is_holder=False)
            return
        async with _started(settings, has_ray=role is not Role.COMMAND) as uri:
            yield HomeAddresses(uri, is_holder=True)


def resolve_mongo_uri(settings: Settings) -> str:
    """`MONGO_URI`, else the address that the home's holder wrote. Raises: HomeNotRunning, Misconfigured."""
    given = _given_uri(settings)
    if given is not None:
        return given
    with lock_file(settings.home) as lock:
        holder = holder_of(lock)
        found = _address(settings.home, holder) if holder is not None else None
    if found is None:
        raise HomeNotRunning(
            f"No MONGO_URI is set and nothing runs in {settings.home.absolute()}: start `manage.py up`, or this "
            "service with `manage.py serve`, which bring a database, or set MONGO_URI."
        )
    return found


async def _hold_or_join(lock: int, home: Path, role: Role) -> str | None:
    """None once the lock is ours, else the address of the holder's database."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not claim(lock, role):
        holder = holder_of(lock)
        if holder is not None and holder.role is not Role.COMMAND:
            if role is Role.UP:
                raise HomeBusy(f"{holder} runs in {home} already.")
            found = _address(home, holder)
            if found is not None:
                return found
        if time.monotonic() > deadline:
            raise HomeBusy(f"{holder} keeps {home} for more than {WAIT_SECONDS:.0f} s.")
        await asyncio.sleep(POLL_SECONDS)
    return None


def find_ray(settings: Settings) -> RayHead | None:
    """The local Ray of the home's holder, if it runs already."""
    with lock_file(settings.home) as lock:
        holder = holder_of(lock)
    run = _read(settings.home, holder) if holder is not None else None
    return run.ray if run is not None else None


async def reach_ray(settings: Settings) -> RayHead:
    """As `find_ray`, but have it started if it does not run. Raises: Unavailable, HomeNotRunning."""
    (settings.home / RAY_WANTED).touch(mode=0o600)
    deadline = time.monotonic() + RAY_SECONDS
    while time.monotonic() < deadline:
        if head := find_ray(settings):
            return head
        with lock_file(settings.home) as lock:
            if holder_of(lock) is None:
                raise HomeNotRunning(f"Nothing runs in {settings.home.absolute()} that could start Ray.")
        await asyncio.sleep(POLL_SECONDS)
    raise Unavailable(f"The local Ray did not start within {RAY_SECONDS:.0f} s.")


@asynccontextmanager
async def _started(settings: Settings, *, has_ray: bool) -> AsyncIterator[str]:
    given = _given_uri(settings)
    run = _Run(settings.home / "run.json", _RunFile(pid=os.getpid(), mongo_uri=None))
    async with contextlib.AsyncExitStack() as stack:
        if given is None:
            binary = find_mongod(settings.mongod)
            uri = await stack.enter_async_context(embedded_mongod(settings.home / "mongodb", binary=binary))
            run.content = run.content.model_copy(update={"mongo_uri": uri})
        stack.enter_context(run)
        if has_ray:
            await stack.enter_async_context(_ray_on_demand(settings.home, run))
        yield given or run.content.mongo_uri or ""


@asynccontextmanager
async def _ray_on_demand(home: Path, run: _Run) -> AsyncIterator[None]:
    """Start Ray once somebody has asked for it; it ends on leaving."""
    wanted = home / RAY_WANTED
    wanted.unlink(missing_ok=True)

    def tell(head: RayHead | None) -> None:
        run.write(run.content.model_copy(update={"ray": head}))

    async def serve() -> None:
        while not wanted.exists():  # noqa: ASYNC110  (another process makes the file)
            await asyncio.sleep(POLL_SECONDS)
        await LocalRay(home, tell).run()

    serving = asyncio.create_task(serve(), name="local ray")
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.wait({serving})


def _given_uri(settings: Settings) -> str | None:
    return settings.mongo_uri.get_secret_value() if settings.mongo_uri is not None else None


def _address(home: Path, holder: Holder) -> str | None:
    """What the holder wrote, or None while it starts or stops. Raises: Misconfigured."""
    run = _read(home, holder)
    if run is None:
        return None
    if run.mongo_uri is None:
        raise Misconfigured(f"{holder} was given MONGO_URI; set the same here to join it.")
    return run.mongo_uri


def _read(home: Path, holder: Holder) -> _RunFile | None:
    try:
        run = _RunFile.model_validate_json((home / "run.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return run if run.pid == holder.pid else None  # else left by a crash


class _Run:
    """The file: whole or not at all, readable by the owner only, and gone on leaving."""

    def __init__(self, path: Path, content: _RunFile) -> None:
        self._path = path
        self.content = content

    def __enter__(self) -> None:
        self.write(self.content)

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)

    def write(self, content: _RunFile) -> None:
        self.content = content
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content.model_dump_json())
        temporary.replace(self._path)
