"""Commands as processes of their own, with what the kernel says that they used.

A new process counts the memory of the one that forked it until it runs its own program, so commands are started by a
small process: this module, run as a script.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

KIB = 1024


@dataclass(frozen=True)
class Used:
    """`cpu` and `wall` in seconds, children included; `peak` in bytes of the largest process."""

    cpu: float
    wall: float
    peak: int


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Used:
    """Raises: RuntimeError with the output if the command fails."""
    report = folder / "used.json"
    starter = (sys.executable, "-S", "-E", __file__, str(report), *command)
    done = subprocess.run(starter, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return Used(**json.loads(report.read_bytes()))


def _start(report: Path, command: Sequence[str]) -> int:
    began = time.monotonic()
    process = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = Used(usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * KIB)
    report.write_text(json.dumps(asdict(used)), encoding="utf-8")
    return process.returncode


if __name__ == "__main__":
    sys.exit(_start(Path(sys.argv[1]), sys.argv[2:]))
