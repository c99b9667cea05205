"""Documents that are built like an earlier one of their collection, recognised by their bytes alone.

To find a document's shape and to prove that JSON carries it exactly takes three times as long as to convert it. But
most documents of a collection have the same fields of the same types, so what was found out about one of them becomes
a *layout*: a regular expression that matches the BSON of all documents in a row that are built like it, whatever their
values are. It spells out each key, index and type (bsonspec.org), and leaves to the driver, which checks them, only
the lengths. So a document that matches holds no element that the driver would change, and needs no proof of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import bson
from bson import Int64, ObjectId
from bson.errors import BSONError

from services.exporter.documents import end_of_first, split_documents
from services.exporter.types import BETWEEN_LINES, EXACT, Encoded, Shape, encode, to_json

TOGETHER: Final = 32 * 2**10
"""Bytes of documents encoded at a time: with all that is made of them they fit a processor's own cache."""
LEARN_EVERY: Final = 100
"""Documents without a layout, of which one is learned: to compile it takes as long as to encode so many.

It is the longest, whose lists are the likeliest to be filled and so to tell what others hold.
"""
MOST_LEARNED: Final = 16
"""Layouts learned per collection. More of them tell of data without regularity, where learning is in vain."""
MOST_KEPT: Final = 4
"""Layouts tried on each document; one that does not fit takes a tenth of what one that fits saves."""
LONGEST_LIST: Final = 8
"""Elements up to which lists of one type may differ in length."""
LARGEST: Final = 8 * 2**10
"""Bytes of a layout; bounds memory, and lists in lists, which multiply."""
ESCAPED_NUL: Final = b"\\u0000"

_STRING: Final = rb".{4}[^\0]*+\0"
_FINITE: Final = rb".{6}(?:[^\xf0-\xff].|[\xf0-\xff][^\x7f\xff])"
"""Exponents below the highest, in two ways of which never both fit: a pattern tries all ways of all doubles."""
_SCALARS: Final[dict[type, tuple[int, bytes]]] = {
    float: (0x01, _FINITE),
    str: (0x02, _STRING),
    ObjectId: (0x07, rb".{12}"),
    bool: (0x08, rb"[\0\1]"),
    datetime: (0x09, rb".{8}"),
    type(None): (0x0A, b""),
    int: (0x10, rb".{4}"),
    Int64: (0x12, rb".{8}"),
}
"""Type byte and value of what layouts may hold; documents with anything else are encoded one by one."""
_DOCUMENT: Final = 0x03
_ARRAY: Final = 0x04


class _Unsuitable(Exception):
    """The document would make no layout, or one that is too large."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What documents of one build look like, and their shape, where an empty list may have that of a filled one."""

    pattern: re.Pattern[bytes]
    """Of as many documents, one after the other, as are built like this."""
    shape: Shape | None

    @classmethod
    def of(cls, raw: bytes, shape: Shape | None) -> Self | None:
        """The layout of a document that was encoded with that shape, if it has one."""
        document: dict[str, Any] = bson.decode(raw, EXACT)
        try:
            pattern = re.compile(b"(?:" + _fields(document) + b")*+", re.DOTALL)
        except _Unsuitable:
            return None
        return cls(pattern, shape) if pattern.fullmatch(raw) else None

    def fitting(self, data: bytes, start: int, limit: int) -> bytes:
        """The documents that begin at `start` and are built like this; none of them ends after `limit`."""
        match = self.pattern.match(data, start, limit)
        return match[0] if match else b""

    def encode(self, fitting: bytes) -> Encoded | None:
        """Documents that fit; None if the driver finds another one among them."""
        try:
            documents = bson.decode_all(fitting, EXACT)
        except BSONError:
            return None
        lines = BETWEEN_LINES.join([to_json(document) for document in documents])
        return None if _holds_nul(lines) else Encoded(lines, self.shape, len(documents))


class Layouts:
    """What is known of the documents of one collection."""

    def __init__(self) -> None:
        self._known: list[Layout] = []
        self._strangers = 0
        self._longest = b""

    def encode(self, blocks: Iterable[bytes]) -> Iterator[Encoded]:
        """Documents out of blocks cut anywhere, as `types.encode`: the more alike ones in a row, the quicker."""
        held = b""
        for block in blocks:
            held, start = held + block, 0
            while end := end_of_first(held, start):
                some, start = self._some(held, start, end)
                yield from some
            held = held[start:]

    def _some(self, data: bytes, start: int, end: int) -> tuple[Sequence[Encoded], int]:
        """The document between `start` and `end`, with those behind it that are alike, and where the next begins."""
        limit = max(end, start + TOGETHER)
        for layout in self._known:
            fitting = layout.fitting(data, start, limit)
            if fitting and (encoded := layout.encode(fitting)):
                return [encoded], start + len(fitting)
            if raws := list(split_documents(fitting)):  # as told by their lengths, not by what seemed to fit
                return [encode(raw) for raw in raws], start + sum(map(len, raws))
        return [self._prove(data[start:end])], end

    def _prove(self, raw: bytes) -> Encoded:
        encoded = encode(raw)
        self._strangers += 1
        self._longest = max(self._longest, raw, key=len)
        if self._strangers % LEARN_EVERY == 0:
            if self._strangers <= LEARN_EVERY * MOST_LEARNED:
                self._learn(self._longest) or self._learn(raw)
            self._longest = b""
        return encoded

    def _learn(self, raw: bytes) -> bool:
        encoded = encode(raw)
        layout = Layout.of(raw, encoded.shape) if encoded.raw is None else None
        if layout:
            self._known = [layout, *self._known[: MOST_KEPT - 1]]
        return layout is not None


def _holds_nul(lines: bytes) -> bool:
    """A string that holds a NUL goes on after the one that the pattern took for its end."""
    return b"\\" in lines and ESCAPED_NUL in lines  # one byte is found in no time


def _fields(document: Mapping[str, Any]) -> bytes:
    """A document, or an array by its indexes."""
    return _sized(_element(key, *_value(value)) for key, value in document.items())


def _value(value: Any) -> tuple[int, bytes]:
    """Type byte and pattern. Raises: _Unsuitable."""
    kind = type(value)
    if kind is dict:
        return _DOCUMENT, _fields(value)
    if kind is list:
        return _ARRAY, _list([_value(element) for element in value])
    if kind not in _SCALARS:
        raise _Unsuitable
    return _SCALARS[kind]


def _list(values: list[tuple[int, bytes]]) -> bytes:
    """Elements that are all alike may be fewer or more, up to `LONGEST_LIST`."""
    if len(set(values)) != 1 or len(values) > LONGEST_LIST:
        return _sized(_element(str(at), *value) for at, value in enumerate(values))
    elements = b""
    for at in reversed(range(LONGEST_LIST)):
        elements = b"(?:" + _element(str(at), *values[0]) + elements + b")?+"
        if len(elements) > LARGEST:
            raise _Unsuitable
    return _sized([elements])


def _sized(elements: Iterable[bytes]) -> bytes:
    """Elements between a document's length and its end. Raises: _Unsuitable."""
    pattern = rb".{4}" + b"".join(elements) + rb"\0"
    if len(pattern) > LARGEST:
        raise _Unsuitable
    return pattern


def _element(key: str, kind: int, value: bytes) -> bytes:
    return re.escape(bytes([kind]) + key.encode() + b"\0") + value
