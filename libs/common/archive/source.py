"""The archive's file, read by position."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from libs.common.archive.problems import Broken
from libs.common.archive.rulebook import TRUNCATED


class Source:
    """An open local file. It has no position of its own, so several threads may read at the same time."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes. Raises: Broken, if they do not lie in the file."""
        data = os.pread(self._file.fileno(), size, offset) if offset + size <= self.size else b""
        if len(data) != size:
            raise Broken(TRUNCATED, f"{size} bytes at {offset} lie outside of the file of {self.size} bytes.")
        return data

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
