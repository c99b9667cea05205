"""Bytes set aside between reading and converting: in memory up to a limit, then on disk (DESIGN §5, pass 1)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

BLOCK = 256 * 2**10
"""Bytes read at once; what the ZIP writer compresses at once, too."""


class Spool:
    """A nameless file that another process can be given; gone when closed, or when the last process with it ends."""

    def __init__(self, memory_limit: int, folder: Path) -> None:
        self._limit = memory_limit
        self._folder = folder
        self.size = 0
        # Elsewhere than on Linux the disk's cache must do.
        self._in_memory = memory_limit > 0 and sys.platform == "linux"
        self._file: BinaryIO = (
            os.fdopen(os.memfd_create("entrepot-spool"), "w+b", buffering=0)
            if self._in_memory
            else self._on_disk()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def fileno(self) -> int:
        return self._file.fileno()

    def sibling(self) -> Spool:
        """An empty one for data of about the same size: on disk if this one is."""
        return Spool(self._limit if self._in_memory else 0, self._folder)

    def append(self, data: bytes) -> None:
        """Raises: OSError, such as a full disk."""
        if self._in_memory and self.size + len(data) > self._limit:
            self._move_to_disk()
        write_all(self.fileno(), data)
        self.size += len(data)

    def clear(self) -> None:
        os.ftruncate(self.fileno(), 0)
        os.lseek(self.fileno(), 0, os.SEEK_SET)
        self.size = 0

    def _move_to_disk(self) -> None:
        with self._file as memory:
            self._file = self._on_disk()
            self._in_memory = False
            for block in read_range(memory.fileno(), 0, self.size):
                write_all(self.fileno(), block)

    def _on_disk(self) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=self._folder, buffering=0)


def write_all(descriptor: int, data: bytes) -> None:
    """Append, although one write may take less than everything."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_range(descriptor: int, offset: int, length: int) -> Iterator[bytes]:
    """Blocks of a file, whatever its position is, so that several readers may share it. Raises: EOFError."""
    end = offset + length
    while offset < end:
        block = os.pread(descriptor, min(BLOCK, end - offset), offset)
        if not block:
            raise EOFError("the spool is shorter than what was written to it")
        offset += len(block)
        yield block
