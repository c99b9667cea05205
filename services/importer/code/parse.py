"""Runs `facts` over the Python files of a folder, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

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
    with _spare.take() as parser:
        lines = parser.run([str(root), *paths])
    _spare.renew()
    return dict(json.loads(line) for line in lines)


class _Parser:
    """A started process, which reads what it is to do once and ends."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", "-X", "utf8", facts.__file__]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
        self._process = subprocess.Popen(  # noqa: S603  (our own program)
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,  # Ctrl-C is for the service, which lets its work end
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._output, self._process as process:
            process.kill()  # does nothing to one that has ended

    @property
    def is_waiting(self) -> bool:
        return self._process.poll() is None

    def run(self, asked: Sequence[str]) -> list[bytes]:
        """Whole lines that it wrote until its end."""
        # A time-out of `communicate` would look for the end again and again, and find it up to 50 ms too late.
        deadline = threading.Timer(PARSE_SECONDS, self._process.kill)
        deadline.start()
        try:
            self._process.communicate("\n".join(asked).encode())
        finally:
            deadline.cancel()
        self._output.seek(0)
        return [line for line in self._output.read().splitlines(keepends=True) if line.endswith(b"\n")]


class _Spare:
    """One parser ahead of the next upload, where that is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parser: _Parser | None = None
        self.is_kept = False

    def take(self) -> _Parser:
        with self._lock:
            parser, self._parser = self._parser, None
        if parser is None:
            return _Parser()
        if parser.is_waiting:
            return parser
        with parser:  # somebody killed it
            return _Parser()

    def renew(self) -> None:
        with self._lock:
            if self.is_kept and self._parser is None:
                self._parser = _Parser()

    def end(self) -> None:
        with self._lock:
            self.is_kept = False
            parser, self._parser = self._parser, None
        if parser is not None:
            with parser:
                pass  # leaving ends it


_spare: Final = _Spare()


@contextmanager
def parser_at_hand() -> Iterator[None]:
    """While entered, a parser that has started waits for the next upload: a start takes longer than a small one."""
    _spare.is_kept = True
    _spare.renew()
    try:
        yield
    finally:
        _spare.end()
