"""Processes that convert one snapshot after another, and end when there is nothing to do for a while.

A process takes longer to start than to convert some thousand documents, so one that is done waits for the next. It is
handed the spools' descriptors, reads the one, leaves `db_types.json` in the other, and streams `db_collections.json`
through a pipe, whose back-pressure bounds memory. As a program: `python -m services.exporter.converters SOCKET`.
"""

from __future__ import annotations

import gc
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from struct import Struct
from typing import Final

import orjson

from services.exporter.lines import Section, lines
from services.exporter.spool import BLOCK, Spool, write_all

SIZE: Final = Struct("<I")
"""Before a request and before each chunk of an answer; 0 ends the answer."""
MOST_WAITING: Final = 2
"""Processes that wait for work, each with some 20 MB."""
IDLE_SECONDS: Final = 60.0
TRUSTED_SECONDS: Final = 30.0
"""Well below, so that none is asked while it ends."""
ROOT: Final = Path(__file__).resolve().parents[2]


class ConversionFailed(RuntimeError):
    """The process that converts documents ended early."""


def convert_apart(sections: Sequence[Section], spool: Spool, types: Spool) -> Iterator[bytes]:
    """As `lines`, in a process; one whose answer is not read to its end is ended. Raises: ConversionFailed."""
    converter = _waiting.take() or _Converter()
    try:
        yield from converter.convert(sections, spool, types)
    except BaseException:
        converter.end()
        raise
    types.size = os.fstat(types.fileno()).st_size
    _waiting.give(converter)


class _Converter:
    """One process and the way to it."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (our own module, and a number)
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the service, which lets its work end
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                bufsize=0,
                pipesize=4 * BLOCK,  # the usual 64 KiB would make both sides wait for each other all the time
            )
        self.idle_since = 0.0

    @property
    def is_trusted(self) -> bool:
        return time.monotonic() - self.idle_since < TRUSTED_SECONDS and self._process.poll() is None

    def convert(self, sections: Sequence[Section], spool: Spool, types: Spool) -> Iterator[bytes]:
        request = orjson.dumps([asdict(section) for section in sections])
        try:
            socket.send_fds(self._requests, [SIZE.pack(len(request))], [spool.fileno(), types.fileno()])
            self._requests.sendall(request)
        except OSError as error:
            raise ConversionFailed("the conversion ended before it began") from error
        while size := SIZE.unpack(self._read(SIZE.size))[0]:
            yield self._read(size)

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        parts, left = [], size
        while left:
            part = self._process.stdout.read(left)
            if not part:
                raise ConversionFailed(f"the conversion ended with code {self._process.wait()}")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        self._requests.close()
        with self._process as process:
            process.kill()  # does nothing to one that has ended


class _Waiting:
    """Converters that have nothing to do."""

    def __init__(self) -> None:
        self.most = 0
        self._lock = threading.Lock()
        self._converters: list[_Converter] = []

    def take(self) -> _Converter | None:
        while True:
            with self._lock:
                if not self._converters:
                    return None
                converter = self._converters.pop()
            if converter.is_trusted:
                return converter
            converter.end()

    def give(self, converter: _Converter) -> None:
        converter.idle_since = time.monotonic()
        with self._lock:
            if len(self._converters) < self.most:
                self._converters.append(converter)
                return
        converter.end()

    def end(self) -> None:
        self.most = 0
        while self._converters:
            self._converters.pop().end()


_waiting: Final = _Waiting()


@contextmanager
def converters_kept() -> Iterator[None]:
    """While entered, a process that is done waits for the next snapshot; otherwise it ends."""
    _waiting.most = MOST_WAITING
    try:
        yield
    finally:
        _waiting.end()


def main(descriptor: int) -> None:
    """Until the service is gone, or wants nothing for a while."""
    gc.disable()  # documents hold no cycles, and looking for some takes a third of the time
    with socket.socket(fileno=descriptor) as requests, requests.makefile("rb") as content:
        requests.settimeout(IDLE_SECONDS)
        while True:
            try:
                head, descriptors, _, _ = socket.recv_fds(requests, SIZE.size, 2)
            except TimeoutError:
                return
            if not head:
                return
            sections = [Section(**each) for each in orjson.loads(content.read(SIZE.unpack(head)[0]))]
            _answer(sections, *descriptors)


def _answer(sections: Sequence[Section], spool: int, types: int) -> None:
    output = sys.stdout.fileno()
    for chunk in lines(sections, spool, partial(write_all, types)):
        for start in range(0, len(chunk), BLOCK):  # a single document may have many blocks
            part = chunk[start : start + BLOCK]
            write_all(output, SIZE.pack(len(part)) + part)
    os.close(spool)
    os.close(types)
    re.purge()  # layouts of other collections
    write_all(output, SIZE.pack(0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
