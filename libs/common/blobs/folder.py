"""The blocking file work of the local storage; its adapter calls it in threads.

An unfinished object lies in `~incoming/`, whose name is in no key, and appears by a hard link: at once, whole,
durable, and never over another.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from libs.common.blobs import Blob, BlobExists, BlobNotFound

INCOMING = "~incoming"
ABANDONED_SECONDS = 24 * 3600
"""An unfinished object that has not grown for so long was left by a crash; no upload takes so long."""


class NewFile:
    """An object on its way in."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / INCOMING / uuid.uuid4().hex
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb", buffering=0)
        self._digest = sha256()

    def write(self, block: bytearray) -> None:
        self._digest.update(block)
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]

    def publish(self, key: str) -> Blob:
        """Make it durable, then visible. Raises: BlobExists."""
        os.fsync(self._file.fileno())
        target = self._root / key
        _make_folders(target.parent, self._root)
        try:
            os.link(self._path, target)
        except FileExistsError as error:
            raise BlobExists(f"{key} is stored already.") from error
        _sync_folder(target.parent)
        return _blob(key, os.fstat(self._file.fileno()), self._digest.hexdigest())

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def open_file(root: Path, key: str, start: int) -> BinaryIO:
    """At byte `start`. Raises: BlobNotFound."""
    try:
        file = (root / key).open("rb", buffering=0)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise BlobNotFound(f"{key} is not stored.") from error
    file.seek(start)
    return file


def stat_file(root: Path, key: str) -> Blob | None:
    try:
        status = (root / key).stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _blob(key, status) if stat.S_ISREG(status.st_mode) else None


def delete_file(root: Path, key: str) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        (root / key).unlink()


def walk(root: Path, prefix: str, folder: str = "") -> Iterator[Blob]:
    """In key order; holds the names of one folder per level, never all."""
    try:
        with os.scandir(root / folder) as entries:
            names = sorted(
                f"{folder}{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{folder}{entry.name}"
                for entry in entries
                if entry.name != INCOMING
            )
    except FileNotFoundError:
        return
    for name in names:
        if name.endswith("/") and (name.startswith(prefix) or prefix.startswith(name)):
            yield from walk(root, prefix, name)
        elif name.startswith(prefix):
            blob = stat_file(root, name)
            if blob is not None:
                yield blob


def make_writable(root: Path) -> None:
    """Raises: PermissionError or another OSError."""
    _make_folders(root / INCOMING, root)
    probe = root / INCOMING / f"probe-{uuid.uuid4().hex}"
    probe.touch(exist_ok=False)
    probe.unlink()


def remove_abandoned(root: Path) -> int:
    """Remove what crashed writers left; how much."""
    abandoned = [
        path for path in (root / INCOMING).glob("*") if path.stat().st_mtime < time.time() - ABANDONED_SECONDS
    ]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)


def _blob(key: str, status: os.stat_result, digest: str | None = None) -> Blob:
    return Blob(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), digest)


def _make_folders(folder: Path, root: Path) -> None:
    """As `mkdir -p`, but each new folder's name is durable in its parent."""
    if folder.is_dir():
        return
    if folder == root:
        folder.mkdir(parents=True, exist_ok=True)
        return
    _make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
