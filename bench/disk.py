"""How long the disk takes to keep what is written: the floor under every durable write, so it stands beside them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.report import Figure

WRITES: Final = 200
BLOCK: Final = bytes(4096)
"""About what one entry of a journal is."""


def fsync_figures(folder: Path) -> list[Figure]:
    seconds = _fsyncs(folder / "fsync")
    work = "disk"
    return [
        Figure(work, "fsync of 4 KiB p50", median(seconds) * 1000, "ms"),
        Figure(work, "fsync of 4 KiB p99", quantiles(seconds, n=100)[98] * 1000, "ms"),
    ]


def _fsyncs(path: Path) -> list[float]:
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(BLOCK)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    path.unlink()
    return taken
