"""Spooled BSON to `db_collections.json` and `db_types.json`, document by document, in a process of its own if large.

Decoding and encoding hold Python's global lock, and the lines of one large snapshot would keep the event loop waiting
for it again and again. So beyond `INLINE_LIMIT` this module runs as a child process (`python -m`), which streams
the first file through a pipe, whose back-pressure bounds memory, and leaves the second in a spool.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from struct import Struct
from typing import Final

import orjson

from services.exporter.layouts import Layouts
from services.exporter.spool import BLOCK, Spool, read_range, write_all
from services.exporter.types import Encoded, PlainJson, Shape, shape_as_json

FORMAT: Final = 1
"""Version of `db_types.json`, which `libs/runtime/standalone_data.py` reads."""
INLINE_LIMIT: Final = 512 * 2**10
"""Bytes of BSON converted in a thread: about 15 ms in all. A process takes 80 ms to start."""
KNOWN_SHAPES: Final = 1_000
KNOWN_SHAPE_BYTES: Final = 4_096
"""Shapes remembered per collection and the longest of them in JSON: bounds memory for data without any regularity."""
LENGTH: Final = Struct("<I")
"""What each BSON document begins with: its bytes, these four included (bsonspec.org)."""
ROOT: Final = Path(__file__).resolve().parents[2]

Write = Callable[[bytes], None]


class ConversionFailed(RuntimeError):
    """The process that converts documents ended early."""


@dataclass(frozen=True)
class Section:
    """A collection in the spool: where its documents lie and what else is known of it."""

    name: str
    kind: str
    options: PlainJson
    option_types: PlainJson
    exported: int
    total: int
    offset: int
    length: int


def convert(sections: Sequence[Section], spool: Spool, types: Spool) -> Iterator[bytes]:
    """`db_collections.json` in chunks; `db_types.json` is in `types` when they have been read. Blocks: use a thread.

    Raises: ConversionFailed.
    """
    if spool.size <= INLINE_LIMIT:
        return _lines(sections, spool.fileno(), types.append)
    return _in_process(sections, spool, types)


def _in_process(sections: Sequence[Section], spool: Spool, types: Spool) -> Iterator[bytes]:
    descriptors = (spool.fileno(), types.fileno())
    command = [sys.executable, "-m", __name__, *map(str, descriptors)]
    with subprocess.Popen(  # noqa: S603  (our own module, and numbers)
        command,
        cwd=ROOT,
        pass_fds=descriptors,
        process_group=0,  # Ctrl-C is for the service, which lets its work end
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        pipesize=4 * BLOCK,  # the usual 64 KiB would make both sides wait for each other all the time
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with child.stdin as pipe:
                write_all(pipe.fileno(), orjson.dumps([asdict(section) for section in sections]))
            while chunk := child.stdout.read(BLOCK):
                yield chunk
            if code := child.wait():
                raise ConversionFailed(f"the conversion ended with code {code}")
        finally:
            child.kill()  # does nothing to one that has ended
    types.size = os.fstat(types.fileno()).st_size


def _lines(sections: Iterable[Section], spool: int, write_types: Write) -> Iterator[bytes]:
    yield b"{\n"
    write_types(b'{"format":%d,"collections":{\n' % FORMAT)
    between = b""
    for section in sections:
        name = orjson.dumps(section.name)
        yield between + name + b":[\n"
        write_types(between + _header(name, section))
        yield from _documents(section, spool, write_types)
        between = b",\n"
    end = b"\n" if between else b""
    yield end + b"}\n"
    write_types(end + b"}}\n")


def _header(name: bytes, section: Section) -> bytes:
    described = {
        "kind": section.kind,
        "options": section.options,
        "option_types": section.option_types,
        "exported": section.exported,
        "total": section.total,
    }
    return name + b":" + orjson.dumps(described).removesuffix(b"}") + b',"runs":[\n'


def _documents(section: Section, spool: int, write_types: Write) -> Iterator[bytes]:
    """One line for each document, and the brackets that close the section in both files."""
    lines, runs, layouts = _Lines(), _Runs(), Layouts()
    for raw in split_documents(read_range(spool, section.offset, section.length)):
        encoded = layouts.encode(raw)
        lines.add(encoded.json)
        runs.add(encoded)
        if lines.length >= BLOCK:
            yield lines.take()
        if runs.lines.length >= BLOCK:
            write_types(runs.lines.take())
    runs.end()
    yield lines.take() + lines.last_break + b"]"
    write_types(runs.lines.take() + runs.lines.last_break + b"]}")


def split_documents(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Single BSON documents out of blocks cut anywhere."""
    held, length_at = b"", LENGTH.unpack_from
    for block in blocks:
        held += block
        start, last = 0, len(held) - LENGTH.size
        while start <= last:
            end = start + length_at(held, start)[0]
            if end > len(held):
                break
            yield held[start:end]
            start = end
        held = held[start:]


def count_documents(batch: bytes) -> int:
    """How many BSON documents a batch holds."""
    count = position = 0
    while position < len(batch):
        position += LENGTH.unpack_from(batch, position)[0]
        count += 1
    return count


class _Lines:
    """Lines of a JSON list, gathered until they are taken as one chunk."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._taken = False
        self.length = 0

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self.length += len(line)

    def take(self) -> bytes:
        """What was added since; a comma comes before every line but the first of all."""
        if not self._lines:
            return b""
        start = b",\n" if self._taken else b""
        chunk = start + b",\n".join(self._lines)
        self._lines, self.length, self._taken = [], 0, True
        return chunk

    @property
    def last_break(self) -> bytes:
        """The end of the last line, if there was one."""
        return b"\n" if self._taken else b""


class _Runs:
    """The shapes of a collection's documents as lines: equal ones in a row as one, known ones by number."""

    def __init__(self) -> None:
        self.lines = _Lines()
        self._known: dict[Shape, int] = {}
        self._shape: Shape | None = None
        self._count = 0

    def add(self, encoded: Encoded) -> None:
        if encoded.raw is not None:
            self.end()
            self.lines.add(orjson.dumps([1, b64encode(encoded.raw).decode(), "bson"]))
        elif self._count and (encoded.shape is self._shape or encoded.shape == self._shape):
            self._count += 1
        else:
            self.end()
            self._shape, self._count = encoded.shape, 1

    def end(self) -> None:
        """Write down the run that is under way, if any."""
        if self._count:
            self.lines.add(orjson.dumps([self._count, *self._name_shape()]))
            self._count = 0

    def _name_shape(self) -> list[PlainJson]:
        if self._shape is None:
            return [None]
        if self._shape in self._known:
            return [self._known[self._shape]]
        described = shape_as_json(self._shape)
        if len(self._known) == KNOWN_SHAPES or len(orjson.dumps(described)) > KNOWN_SHAPE_BYTES:
            return [described]
        self._known[self._shape] = len(self._known)
        return [described, "new"]


def main(spool: int, types: int) -> None:
    """The child process: sections on standard input, `db_collections.json` on standard output."""
    gc.disable()  # documents hold no cycles, and looking for some takes a third of the time
    sections = [Section(**section) for section in orjson.loads(sys.stdin.buffer.read())]
    output = sys.stdout.fileno()
    for chunk in _lines(sections, spool, partial(write_all, types)):
        write_all(output, chunk)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
