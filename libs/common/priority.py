"""Work that takes its time gives way to work that somebody waits for, where both share a machine.

On Linux a session is a group of its own for the scheduler, and its niceness counts between groups (sched(7), "The
autogroup feature"). Processes that begin a session of their own, as the hosts of experiments do, are not affected.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

AUTOGROUP: Final = Path("/proc/self/autogroup")


def give_way(niceness: int) -> None:
    """Let others come first for the processor; does nothing where sessions are no groups."""
    if niceness:
        with suppress(OSError):
            AUTOGROUP.write_text(str(niceness), "ascii")
