"""The lock of an `ENTREPOT_HOME`: one holder at a time, known by pid and role."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ValidationError


class Role(StrEnum):
    """What a process does in the home."""

    UP = "up"
    SERVE = "serve"
    COMMAND = "command"


class Holder(BaseModel):
    """Contents of the lock file."""

    pid: int
    role: Role

    def __str__(self) -> str:
        return f"`{self.role}` (process {self.pid})"


@contextmanager
def lock_file(home: Path) -> Iterator[int]:
    """The opened file, as a descriptor; closing it, also by the end of the process, releases the lock."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def claim(lock: int, role: Role) -> bool:
    """Become the holder and say so in the file; False where there is one."""
    if not _try_lock(lock, fcntl.LOCK_EX):
        return False
    content = Holder(pid=os.getpid(), role=role).model_dump_json().encode()
    os.ftruncate(lock, 0)
    os.pwrite(lock, content, 0)
    return True


def holder_of(lock: int) -> Holder | None:
    """Who holds the lock; None if nobody does, or if the holder has just come."""
    # Shared, so that two readers do not take each other for the holder.
    if _try_lock(lock, fcntl.LOCK_SH):
        fcntl.flock(lock, fcntl.LOCK_UN)
        return None
    try:
        return Holder.model_validate_json(os.pread(lock, 1024, 0))
    except ValidationError:
        return None


def _try_lock(lock: int, mode: int) -> bool:
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
