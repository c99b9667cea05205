"""Who starts the embedded parts in `ENTREPOT_HOME`, and how the others find them (DESIGN §2).

The process that holds the flock `{home}/lock` starts mongod where `MONGO_URI` is unset and writes its address to
`{home}/run.json`. The lock file names the holder's pid and role.

- `manage.py up`: `async with enter_home(settings, Role.UP)` around everything else. Its services are children that
  get no `MONGO_URI`, so that they still count as embedded; they find the address with `resolve_mongo_uri(settings)`.
- `manage.py serve exporter`: `enter_home(settings, Role.SERVE)` joins who runs, or holds if alone.
- `manage.py dead-letters …`: `enter_home(settings, Role.COMMAND)`, likewise, for the command's time.

Only the long-lived `up` and `serve` are joined. A command's mongod ends with it, so its lock is waited for.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from libs.common.database.embedded import embedded_mongod
from libs.common.database.mongod import find_mongod
from libs.common.errors import Conflict, Misconfigured, Unavailable
from libs.common.home_lock import Holder, Role, claim, holder_of, lock_file
from libs.common.settings import Settings

__all__ = ["HomeAddresses", "HomeBusy", "HomeNotRunning", "Role", "enter_home", "resolve_mongo_uri"]

WAIT_SECONDS: Final = 60.0
"""How long another's command, or a holder's start, may keep us waiting; both take seconds."""
POLL_SECONDS: Final = 0.1


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
        async with _started(settings) as uri:
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


@asynccontextmanager
async def _started(settings: Settings) -> AsyncIterator[str]:
    run_file = settings.home / "run.json"
    given = _given_uri(settings)
    if given is not None:
        with _written(run_file, _RunFile(pid=os.getpid(), mongo_uri=None)):
            yield given
        return
    binary = find_mongod(settings.mongod)
    async with embedded_mongod(settings.home / "mongodb", binary=binary) as uri:
        with _written(run_file, _RunFile(pid=os.getpid(), mongo_uri=uri)):
            yield uri


def _given_uri(settings: Settings) -> str | None:
    return settings.mongo_uri.get_secret_value() if settings.mongo_uri is not None else None


def _address(home: Path, holder: Holder) -> str | None:
    """What the holder wrote, or None while it starts or stops. Raises: Misconfigured."""
    try:
        run = _RunFile.model_validate_json((home / "run.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    if run.pid != holder.pid:  # left by a crash
        return None
    if run.mongo_uri is None:
        raise Misconfigured(f"{holder} was given MONGO_URI; set the same here to join it.")
    return run.mongo_uri


@contextmanager
def _written(path: Path, content: BaseModel) -> Iterator[None]:
    """Whole or not at all, readable by the owner only, and gone afterwards."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content.model_dump_json())
    temporary.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
