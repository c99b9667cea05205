"""Run a command that dies with its parent, even if the parent is killed with -9.

Linux sends PR_SET_PDEATHSIG when the *thread* that forked ends (prctl(2)), so a tethered process is started from a
thread that lives as long as its owner: the main thread, or the event loop's. Elsewhere than on Linux the command
runs untethered.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` as a child of this process and never outlives it."""
    if sys.platform != "linux":
        return list(command)
    # -IS: a launcher needs nothing of the environment or of site-packages, and starts in 10 ms.
    return [sys.executable, "-IS", __file__, str(os.getpid()), *command]


def main(parent: int, command: Sequence[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before prctl: no signal will come
        sys.exit(1)
    os.execvp(command[0], list(command))  # noqa: S606  # the command is our own, and no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
