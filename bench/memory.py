"""Peak memory of a process with its children, and of what they keep in nameless files in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import psutil

SAMPLE_SECONDS: Final = 0.02
SECTOR: Final = 512


class Peak:
    """Bytes at most while entered. Memory that processes share counts once."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch)
        self.bytes = 0

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            with suppress(psutil.NoSuchProcess):
                self.bytes = max(
                    self.bytes, _memory([self._process, *self._process.children(recursive=True)])
                )


def _memory(processes: list[psutil.Process]) -> int:
    resident = 0
    files: dict[int, int] = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess, OSError):
            resident += process.memory_full_info().pss
            files |= dict(_files_in_memory(process.pid))
    return resident + sum(files.values())


def _files_in_memory(pid: int) -> Iterator[tuple[int, int]]:
    """Inode and bytes of each; they count to no process while nobody maps them."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if link.readlink().name.startswith("memfd:"):
                status = link.stat()
                yield status.st_ino, status.st_blocks * SECTOR
