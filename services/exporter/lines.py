"""Spooled BSON to `db_collections.json` and `db_types.json`, document by document (DESIGN §5)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from services.exporter.layouts import Layouts
from services.exporter.spool import BLOCK, read_range
from services.exporter.types import BETWEEN_LINES, Encoded, PlainJson, Shape, shape_as_json

FORMAT: Final = 1
"""Version of `db_types.json`, which `libs/runtime/standalone_data.py` reads."""
KNOWN_SHAPES: Final = 1_000
KNOWN_SHAPE_BYTES: Final = 4_096
"""Shapes remembered per collection and the longest of them in JSON: bounds memory for data without any regularity."""
Write = Callable[[bytes], None]


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


def lines(sections: Iterable[Section], spool: int, write_types: Write) -> Iterator[bytes]:
    """`db_collections.json` in chunks; what `db_types.json` is made of goes to `write_types` meanwhile."""
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
    for encoded in layouts.encode(read_range(spool, section.offset, section.length)):
        lines.add(encoded.json)
        runs.add(encoded)
        if lines.length >= BLOCK:
            yield lines.take()
        if runs.lines.length >= BLOCK:
            write_types(runs.lines.take())
    runs.end()
    yield lines.take() + lines.last_break + b"]"
    write_types(runs.lines.take() + runs.lines.last_break + b"]}")


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
        start = BETWEEN_LINES if self._taken else b""
        chunk = start + BETWEEN_LINES.join(self._lines)
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
            self._count += encoded.documents
        else:
            self.end()
            self._shape, self._count = encoded.shape, encoded.documents

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
