"""Runs `facts` over the Python files of a folder, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.importer.code import facts
from services.importer.code.facts import Facts, Fault

PARSE_SECONDS: Final = 120
"""Above the process's own limit of processor time, which ends it first."""
DEATHS: Final = 3
"""Honest code kills no parser; more tries would only cost time."""


def parse_files(root: Path, paths: Sequence[str]) -> dict[str, Facts]:
    """Facts by path. A file on which the parser died has a fault; after a few deaths, all that are left have one."""
    found: dict[str, Facts] = {}
    waiting = list(paths)
    for _ in range(DEATHS):
        if not waiting:
            break
        parsed = _run(root, waiting)
        found |= parsed
        waiting = waiting[len(parsed) :]
        if waiting:
            found[waiting.pop(0)] = _unparsed()
    return found | {path: _unparsed() for path in waiting}


def _unparsed() -> Facts:
    fault = Fault(message="The code is too large or too deeply nested to be checked.", line=None)
    return Facts(fault=fault, bound=[], classes={}, imports=[], templates=[])


def _run(root: Path, paths: Sequence[str]) -> dict[str, Facts]:
    """Facts of the first files, up to one on which the process died. Paths hold no control characters."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", facts.__file__, str(root)]
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(  # noqa: S603  (our own program)
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL, env={}
        ) as process:
            # A time-out of `communicate` would look for the end again and again, and find it up to 50 ms too late.
            deadline = threading.Timer(PARSE_SECONDS, process.kill)
            deadline.start()
            try:
                process.communicate("\n".join(paths).encode())
            finally:
                deadline.cancel()
        output.seek(0)
        lines = [line for line in output.read().splitlines(keepends=True) if line.endswith(b"\n")]
    return dict(json.loads(line) for line in lines)
