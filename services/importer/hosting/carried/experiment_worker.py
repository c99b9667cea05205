"""Runs first in each worker process of an experiment, before any of its code."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Final

MEMORY_LIMIT: Final = "EXPERIMENT_MEMORY_LIMIT"
"""Bytes that the process may take beyond what Ray itself has taken; unset: no limit."""

_state = {"initialized": False}


def prepare() -> None:
    """Limit the memory: who takes too much gets a MemoryError, and neither the host nor its neighbours die of it."""
    limit = os.environ.get(MEMORY_LIMIT)
    if limit is None or not Path("/proc/self/status").exists():
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + int(limit), hard))


def is_initialized() -> bool:
    """Whether `initialize()` has run in this incarnation of the actor; asked by `__ray_call__`."""
    return _state["initialized"]


def set_initialized() -> None:
    _state["initialized"] = True


def _data_bytes() -> int:
    """What counts against RLIMIT_DATA now (proc(5), VmData in KiB)."""
    status = Path("/proc/self/status").read_text("ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmData:")]
    return int(line.split()[1]) * 1024
