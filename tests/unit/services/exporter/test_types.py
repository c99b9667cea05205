"""Every BSON type to JSON and a shape, and back to the same bytes by what exports carry."""

from __future__ import annotations

import json
import math
import struct
from datetime import datetime
from typing import Any

import bson
import orjson
import pytest
from bson import (
    Binary,
    Code,
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
from hypothesis import given
from hypothesis import strategies as st

import standalone_data
from services.exporter.types import Encoded, encode, shape_as_json
from tests.unit.services.exporter.bson_documents import documents

OID = ObjectId("65f0c0ffee65f0c0ffee65f0")


def back(encoded: Encoded) -> bytes:
    """As the standalone application restores it, through JSON text."""
    if encoded.raw is not None:
        return encoded.raw
    shape = None if encoded.shape is None else orjson.loads(orjson.dumps(shape_as_json(encoded.shape)))
    return bson.encode(standalone_data.restore(json.loads(encoded.json), shape))


@given(documents)
def test_every_document_comes_back_byte_for_byte(document: dict[str, Any]) -> None:
    raw = bson.encode(document)
    assert back(encode(raw)) == raw


@pytest.mark.parametrize(
    ("value", "plain", "shape"),
    [
        (OID, str(OID), "objectid"),
        (datetime(2024, 2, 29, 12, 30, 0, 5000), "2024-02-29T12:30:00.005000Z", "date"),
        (datetime(1, 1, 1), "0001-01-01T00:00:00Z", "date"),
        (DatetimeMS(2**60), 2**60, "date"),
        (DatetimeMS(-(2**60)), -(2**60), "date"),
        (Decimal128("1.50"), "1.50", "decimal"),
        (Decimal128("1E+3"), "1E+3", "decimal"),
        (Decimal128("NaN"), "NaN", "decimal"),
        (b"\x00\xff", "AP8=", "binary/0"),
        (Binary(b"\x00\xff", 2), "AP8=", "binary/2"),
        (Binary(b"\x00\xff", 128), "AP8=", "binary/128"),
        (Binary(bytes(range(16)), 4), "00010203-0405-0607-0809-0a0b0c0d0e0f", "uuid"),
        (Binary(b"short", 4), "c2hvcnQ=", "binary/4"),
        (Int64(7), 7, "long"),
        (Int64(2**62), 2**62, "long"),
        (7, 7, None),
        (-(2**31), -(2**31), None),
        (5.0, 5.0, None),
        (-0.0, -0.0, None),
        (1e22, 1e22, None),
        (math.nan, "NaN", "double"),
        (math.inf, "Infinity", "double"),
        (-math.inf, "-Infinity", "double"),
        (True, True, None),
        (None, None, None),
        ("line\u2028 \x00 \U0001f600", "line\u2028 \x00 \U0001f600", None),
        (Regex("^a", "im"), {"pattern": "^a", "flags": 10}, "regex"),
        (Timestamp(5, 6), {"t": 5, "i": 6}, "timestamp"),
        (MinKey(), "MinKey", "minkey"),
        (MaxKey(), "MaxKey", "maxkey"),
        (Code("f()"), "f()", "code"),
    ],
)
def test_json_and_shape(value: Any, plain: Any, shape: str | None) -> None:
    encoded = encode(bson.encode({"v": value}))
    assert encoded.raw is None
    assert json.loads(encoded.json) == {"v": plain}
    assert encoded.shape == (None if shape is None else (("v", shape),))
    assert back(encoded) == bson.encode({"v": value})


def test_a_double_stays_a_double() -> None:
    assert encode(bson.encode({"v": 5.0})).json == b'{"v":5.0}'
    assert encode(bson.encode({"v": -0.0})).json == b'{"v":-0.0}'


def test_a_reference_is_a_document_with_an_id() -> None:
    encoded = encode(bson.encode({"of": DBRef("shops", OID)}))
    assert json.loads(encoded.json) == {"of": {"$ref": "shops", "$id": str(OID)}}
    assert shape_as_json(encoded.shape) == {"of": {"$id": "objectid"}}


def test_lists_of_one_type_have_a_short_shape() -> None:
    encoded = encode(bson.encode({"ids": [OID] * 3, "rows": [{"at": OID}, {"at": OID}], "mixed": [1, OID]}))
    assert shape_as_json(encoded.shape) == {
        "ids": ["objectid"],
        "rows": [{"at": "objectid"}],
        "mixed": {"1": "objectid"},
    }


def test_lists_of_one_type_have_one_shape_whatever_their_length() -> None:
    shapes = {encode(bson.encode({"ids": [OID] * length})).shape for length in range(1, 20)}
    assert len(shapes) == 1


def test_null_beside_nan_stays_null() -> None:
    document = {"a": None, "b": [math.nan, None, {"c": -math.inf}]}
    encoded = encode(bson.encode(document))
    assert json.loads(encoded.json) == {"a": None, "b": ["NaN", None, {"c": "-Infinity"}]}
    assert back(encoded) == bson.encode(document)


def test_keys_are_kept_as_they_are() -> None:
    document = {"z": OID, "a.b": OID, "$set": OID, "": OID, "0": OID, "é": OID, "*": OID}
    encoded = encode(bson.encode(document))
    assert list(json.loads(encoded.json)) == list(document)
    assert back(encoded) == bson.encode(document)


def element(kind: int, name: bytes, value: bytes) -> bytes:
    """A document of one element, by bsonspec.org, for what the driver does not write."""
    body = bytes([kind]) + name + b"\0" + value + b"\0"
    return struct.pack("<i", len(body) + 4) + body


RARE = {
    "undefined": element(0x06, b"v", b""),
    "symbol": element(0x0E, b"v", struct.pack("<i", 4) + b"abc\0"),
    "dbpointer": element(0x0C, b"v", struct.pack("<i", 4) + b"a.b\0" + OID.binary),
    "code with scope": bson.encode({"v": Code("f()", {"x": 1})}),
    "two fields of one name": element(0x10, b"v", struct.pack("<i", 1) + b"\x10v\0" + struct.pack("<i", 2)),
    "invalid UTF-8": element(0x02, b"v", struct.pack("<i", 3) + b"\xff\xfe\0"),
    "lone surrogate": element(0x02, b"v", struct.pack("<i", 4) + b"\xed\xa0\x80\0"),
    "invalid UTF-8 in a key": element(0x0A, b"\xff", b""),
    "NaN with a payload": element(0x01, b"v", struct.pack("<Q", 0xFFF8_0000_0000_0001)),
    "decimal that is not canonical": element(0x13, b"v", b"\xff" * 16),
    "array with odd indexes": element(0x04, b"v", element(0x10, b"7", struct.pack("<i", 1))),
    "options of a regex in odd order": element(0x0B, b"v", b"a\0xi\0"),
    "reference with its fields in odd order": bson.encode({"v": {"$id": 1, "$ref": "a"}}),
}


@pytest.mark.parametrize("name", RARE)
def test_what_json_cannot_carry_is_kept_as_bytes(name: str) -> None:
    encoded = encode(RARE[name])
    assert encoded.raw == RARE[name]
    assert isinstance(orjson.loads(encoded.json), dict)


@given(st.binary(max_size=40))
def test_no_bytes_at_all_break_it(raw: bytes) -> None:
    encoded = encode(raw)
    assert isinstance(orjson.loads(encoded.json), dict)
    assert back(encoded) == raw
