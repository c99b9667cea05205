"""The processes of a local Ray, as the operating system sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil


def processes_of(folder: Path) -> Iterator[psutil.Process]:
    """Those that have its folder as home, whatever they call themselves."""
    marker = f"HOME={folder}".encode()
    for process in psutil.process_iter():
        try:
            if marker in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"):
                yield process
        except (OSError, psutil.Error):
            continue


def memory_of(folder: Path) -> int:
    """Bytes, with what several share divided among them."""
    total = 0
    for process in processes_of(folder):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total
