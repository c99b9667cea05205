"""From BSON to plain JSON, and what each value was before (DESIGN §5, `db_collections.json` and `db_types.json`).

A document becomes one line of JSON: ids as strings, dates as ISO 8601, other types as readable as JSON allows. Its
*shape* says which of these values were something else; documents of one collection mostly share few shapes. What
neither the driver nor JSON carries exactly (deprecated types, doubled keys, code with scope, invalid UTF-8, odd NaNs)
is kept as the document's own bytes, so that `libs/runtime/standalone_data.py` restores each document as it was.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import isfinite, isnan
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import bson
import orjson
from bson import (
    Binary,
    Code,
    CodecOptions,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from bson.binary import UUID_SUBTYPE
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError

EXACT: Final[CodecOptions[dict[str, Any]]] = CodecOptions(
    datetime_conversion=DatetimeConversion.DATETIME_AUTO  # dates out of Python's range stay milliseconds
)
READABLE: Final = EXACT.with_options(unicode_decode_error_handler="replace")
JSON_OPTIONS: Final = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
UUID_BYTES: Final = 16
BETWEEN_LINES: Final = b",\n"

Shape: TypeAlias = Any
"""A tag; `(EACH, shape)` for a list of which each element has that shape; else pairs of key or index and shape."""
EACH: Final = None
NAMED_DOUBLE: Final = "double"
"""NaN and the infinities, for which JSON has no numbers."""
PlainJson: TypeAlias = Any


class _Unfaithful(Exception):
    """JSON and a shape cannot carry this document."""


class Encoded(NamedTuple):
    """Documents of one shape as lines of JSON; or one that no shape does for, with its BSON."""

    json: bytes
    """Lines with `BETWEEN_LINES`, but neither before the first nor after the last."""
    shape: Shape | None
    documents: int = 1
    raw: bytes | None = None


def encode(raw: bytes) -> Encoded:
    """Convert one BSON document."""
    try:
        document = bson.decode(raw, EXACT)
        shape = _fields(document)
        if bson.encode(document) == raw:
            return Encoded(_to_json(document, shape), shape)
    except (_Unfaithful, BSONError, ValueError, OverflowError, TypeError):
        pass  # what JSON and a shape cannot hold exactly goes as its raw bytes
    return Encoded(_readable(raw), None, raw=raw)


def shape_as_json(shape: Shape) -> PlainJson:
    """A tag as itself, a list's common shape as `[shape]`, everything else as an object of keys or indexes."""
    if isinstance(shape, str):
        return shape
    if shape[0] is EACH:
        return [shape_as_json(shape[1])]
    return {key: shape_as_json(child) for key, child in shape}


def to_json(document: Mapping[str, Any]) -> bytes:
    """A document whose doubles are all finite: orjson writes NaN and infinities as null without asking."""
    return orjson.dumps(document, _plain, JSON_OPTIONS)


def _to_json(document: Mapping[str, Any], shape: Shape | None) -> bytes:
    if shape is not None and _has_named_doubles(shape):
        return to_json(_named_doubles(document))
    return to_json(document)


def _readable(raw: bytes) -> bytes:
    """The document as well as it can be shown; its bytes are kept beside it."""
    try:
        return _to_json(bson.decode(raw, READABLE), NAMED_DOUBLE)
    except (BSONError, ValueError, OverflowError, TypeError):
        return b"{}"


@lru_cache(maxsize=1_000)
def _has_named_doubles(shape: Shape) -> bool:
    if isinstance(shape, str):
        return shape == NAMED_DOUBLE
    children = [shape[1]] if shape[0] is EACH else [child for _, child in shape]
    return any(_has_named_doubles(child) for child in children)


def _named_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _named_doubles(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_named_doubles(child) for child in value]
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _plain(value: Any) -> PlainJson:
    """JSON for what JSON does not have; called by orjson, which has its own for str, int, float and datetime."""
    return _PLAIN[type(value)](value)


def _binary_as_json(value: bytes) -> str:
    if isinstance(value, Binary) and value.subtype == UUID_SUBTYPE and len(value) == UUID_BYTES:
        return str(UUID(bytes=bytes(value)))
    return b64encode(value).decode()


_PLAIN: Final[dict[type, Callable[[Any], PlainJson]]] = {
    ObjectId: ObjectId.__str__,
    DatetimeMS: int,
    Decimal128: str,
    bytes: _binary_as_json,
    Binary: _binary_as_json,
    Regex: lambda value: {"pattern": value.pattern, "flags": value.flags},
    Timestamp: lambda value: {"t": value.time, "i": value.inc},
    MinKey: lambda _: "MinKey",
    MaxKey: lambda _: "MaxKey",
    DBRef: lambda value: value.as_doc(),
}


def _fields(document: Mapping[str, Any]) -> Shape | None:
    """Shape of a document; written flat, for it sees each value of an export."""
    found = []
    for key, value in document.items():
        kind = type(value)
        if kind in _NATURAL:
            continue
        shape = _TAGS.get(kind) or _EXAMINED[kind](value)
        if shape is not None:
            found.append((key, shape))
    return tuple(found) or None


def _elements(values: Sequence[Any]) -> Shape | None:
    if _NATURAL.issuperset(map(type, values)):  # most lists, and all empty ones
        return None
    pairs = _fields({str(at): value for at, value in enumerate(values)})
    if pairs is None:
        return None
    first = pairs[0][1]
    is_common = len(pairs) == len(values) and all(shape == first for _, shape in pairs)
    return (EACH, first) if is_common else pairs


def _double(value: float) -> Shape | None:
    if value - value == 0.0:  # neither NaN nor infinite
        return None
    if isnan(value) and struct.pack("<d", value) != struct.pack("<d", float("nan")):
        raise _Unfaithful
    return NAMED_DOUBLE


def _decimal(value: Decimal128) -> Shape:
    if Decimal128(str(value)).bid != value.bid:
        raise _Unfaithful
    return "decimal"


def _binary(value: Binary) -> Shape:
    if value.subtype == UUID_SUBTYPE and len(value) == UUID_BYTES:
        return "uuid"
    return f"binary/{value.subtype}"


def _code(value: Code) -> Shape:
    if value.scope is not None:
        raise _Unfaithful
    return "code"


_NATURAL: Final = frozenset({str, int, bool, type(None)})
"""Types whose JSON says what they were. An int here is 32 bits; the driver gives Int64 for longer ones."""
_TAGS: Final[dict[type, str]] = {
    ObjectId: "objectid",
    datetime: "date",
    DatetimeMS: "date",
    Int64: "long",
    bytes: "binary/0",
    Regex: "regex",
    Timestamp: "timestamp",
    MinKey: "minkey",
    MaxKey: "maxkey",
}
_EXAMINED: Final[dict[type, Callable[[Any], Shape | None]]] = {
    dict: _fields,
    list: _elements,
    float: _double,
    Decimal128: _decimal,
    Binary: _binary,
    Code: _code,
    DBRef: lambda value: _fields(value.as_doc()),
}
