"""Documents that are built like an earlier one of their collection, recognised by their bytes alone.

To find a document's shape and to prove that JSON carries it exactly takes three times as long as to convert it. But
most documents of a collection have the same fields of the same types, so what was found out about one of them becomes
a *layout*: a regular expression that matches the BSON of every document built like it, whatever its values are. It
spells out each key, index and type (bsonspec.org), and leaves to the driver, which checks them, only the lengths. So
a document that matches holds no element that the driver would change, and needs no proof of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import bson
from bson import Int64, ObjectId
from bson.errors import BSONError

from services.exporter.types import EXACT, Encoded, Shape, encode, to_json

LEARN_EVERY: Final = 100
"""Documents without a layout, of which one is learned: to compile it takes as long as to encode so many."""
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
_FINITE: Final = rb".{6}(?:[^\xf0-\xff].|.[^\x7f\xff])"
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
    shape: Shape | None

    @classmethod
    def of(cls, raw: bytes, shape: Shape | None) -> Self | None:
        """The layout of a document that was encoded with that shape, if it has one."""
        document: dict[str, Any] = bson.decode(raw, EXACT)
        try:
            pattern = re.compile(_fields(document), re.DOTALL)
        except _Unsuitable:
            return None
        return cls(pattern, shape) if pattern.fullmatch(raw) else None


class Layouts:
    """What is known of the documents of one collection."""

    def __init__(self) -> None:
        self._known: list[Layout] = []
        self._strangers = 0

    def encode(self, raws: Sequence[bytes]) -> list[Encoded]:
        """Each as `types.encode`, and the quicker the more alike documents are that come one after the other."""
        encoded = encode_by(self._known, raws)
        return [found or self._prove(raw) for found, raw in zip(encoded, raws, strict=True)]

    def _prove(self, raw: bytes) -> Encoded:
        encoded = encode(raw)
        self._strangers += 1
        if self._strangers % LEARN_EVERY == 0 and self._strangers <= LEARN_EVERY * MOST_LEARNED:
            self._learn(raw, encoded)
        return encoded

    def _learn(self, raw: bytes, encoded: Encoded) -> None:
        if encoded.raw is None and (layout := Layout.of(raw, encoded.shape)):
            self._known = [layout, *self._known[: MOST_KEPT - 1]]


def encode_by(layouts: Sequence[Layout], raws: Sequence[bytes]) -> list[Encoded | None]:
    """None for each document that is built in another way, or may be.

    Step by step over all of them: to go from one step to the next with each document takes half as long again.
    """
    fitting = [_fitting(layouts, raw) for raw in raws]
    documents = [_decode(raw) if layout else None for layout, raw in zip(fitting, raws, strict=True)]
    lines = [None if document is None else to_json(document) for document in documents]
    return [
        None if layout is None or line is None or _holds_nul(line) else Encoded(line, layout.shape)
        for layout, line in zip(fitting, lines, strict=True)
    ]


def _fitting(layouts: Sequence[Layout], raw: bytes) -> Layout | None:
    for layout in layouts:
        if layout.pattern.fullmatch(raw):
            return layout
    return None


def _decode(raw: bytes) -> dict[str, Any] | None:
    try:
        return bson.decode(raw, EXACT)
    except BSONError:
        return None


def _holds_nul(line: bytes) -> bool:
    """A string that holds a NUL goes on after the one that the pattern took for its end."""
    return b"\\" in line and ESCAPED_NUL in line  # one byte is found in no time


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
