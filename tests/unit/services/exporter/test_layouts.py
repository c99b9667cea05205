"""Layouts: quick where documents are alike, and never for one that JSON and the shape would not carry exactly."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import bson
import orjson
import pytest
from bson import DatetimeMS, Decimal128, Int64, ObjectId
from hypothesis import given
from hypothesis import strategies as st

import standalone_data
from services.exporter import layouts as module
from services.exporter.layouts import (
    LARGEST,
    LEARN_EVERY,
    LONGEST_LIST,
    MOST_KEPT,
    Layout,
    Layouts,
    encode_by,
)
from services.exporter.types import Encoded, encode, shape_as_json
from tests.unit.services.exporter.bson_documents import documents

OID = ObjectId("65f0c0ffee65f0c0ffee65f0")
ORDER: dict[str, Any] = {
    "_id": OID,
    "name": "first",
    "at": datetime(2024, 2, 29, 12),
    "count": 1,
    "long": Int64(7),
    "price": 9.5,
    "paid": True,
    "note": None,
    "place": {"city": "Köln", "owner": OID},
    "tags": ["a", "b"],
    "rows": [{"of": OID, "n": 1}, {"of": OID, "n": 2}],
    "pair": [1, "x"],
}


def layout_of(document: dict[str, Any]) -> Layout:
    raw = bson.encode(document)
    layout = Layout.of(raw, encode(raw).shape)
    assert layout is not None
    return layout


def encoded_by(layout: Layout, raw: bytes) -> Encoded | None:
    [encoded] = encode_by([layout], [raw])
    return encoded


def back(encoded: Encoded) -> bytes:
    """As the standalone application restores it."""
    if encoded.raw is not None:
        return encoded.raw
    shape = None if encoded.shape is None else orjson.loads(orjson.dumps(shape_as_json(encoded.shape)))
    return bson.encode(standalone_data.restore(json.loads(encoded.json), shape))


ALIKE: list[dict[str, Any]] = [
    {"_id": ObjectId()},
    {"name": ""},
    {"name": 'Ä "quoted" \\u0041 line\n'},
    {"at": datetime(1, 1, 1)},
    {"at": DatetimeMS(2**60)},
    {"count": -(2**31)},
    {"long": Int64(2**62)},
    {"price": -0.0},
    {"price": 1.7976931348623157e308},
    {"paid": False},
    {"place": {"city": "x" * 5_000, "owner": ObjectId()}},
    {"tags": []},
    {"tags": ["t"] * LONGEST_LIST},
    {"rows": []},
    {"rows": [{"of": ObjectId(), "n": 3}]},
]


@pytest.mark.parametrize("change", ALIKE)
def test_other_values_fit(change: dict[str, Any]) -> None:
    raw = bson.encode(ORDER | change)
    encoded = encoded_by(layout_of(ORDER), raw)
    assert encoded is not None
    assert encoded.json == encode(raw).json
    assert back(encoded) == raw


OTHERS: list[dict[str, Any]] = [
    {"name": None},
    {"count": Int64(1)},
    {"price": 9},
    {"price": math.nan},
    {"price": -math.inf},
    {"note": 1},
    {"place": {"owner": OID, "city": "Köln"}},
    {"place": {"city": "Köln", "owner": OID, "more": 1}},
    {"tags": ["t"] * (LONGEST_LIST + 1)},
    {"tags": ["a", 1]},
    {"pair": [1]},
    {"rows": [{"of": OID}]},
    {"further": 1},
    {"name": "a nul \0 inside"},
]


@pytest.mark.parametrize("change", OTHERS)
def test_another_build_does_not_fit(change: dict[str, Any]) -> None:
    assert encoded_by(layout_of(ORDER), bson.encode(ORDER | change)) is None


def changed(raw: bytes, old: bytes, new: bytes) -> bytes:
    """BSON with one place written otherwise, in the same length."""
    assert raw.count(old) == 1
    assert len(old) == len(new)
    return raw.replace(old, new)


RAW = bson.encode(ORDER)
RARE = {
    "a symbol in a string's place": changed(RAW, b"\x02name\0", b"\x0ename\0"),
    "undefined in null's place": changed(RAW, b"\x0anote\0", b"\x06note\0"),
    "a field twice": changed(RAW, b"\x10count\0", b"\x10price\0"),
    "an array with odd indexes": changed(RAW, b"\x020\0\x02\0\0\0a\0", b"\x027\0\x02\0\0\0a\0"),
    "a boolean that is neither": changed(RAW, b"\x08paid\0\x01", b"\x08paid\0\x02"),
    "a NaN": changed(RAW, struct.pack("<d", 9.5), struct.pack("<Q", 0x7FF8_0000_0000_0001)),
    "invalid UTF-8": changed(RAW, b"first", b"fir\xff\xfe"),
}


@pytest.mark.parametrize("name", RARE)
def test_what_json_cannot_carry_does_not_fit(name: str) -> None:
    assert encoded_by(layout_of(ORDER), RARE[name]) is None


def test_an_element_hidden_in_a_string_is_none() -> None:
    """The string's text looks like the fields that the layout expects behind it."""
    layout = layout_of({"a": "", "b": ""})
    hidden = "\0\x02b\0\x01\0\0\0"
    assert encoded_by(layout, bson.encode({"a": hidden})) is None


@given(documents, st.data())
def test_what_fits_comes_back_byte_for_byte(document: dict[str, Any], data: st.DataObject) -> None:
    raw = bson.encode(document)
    encoded = encode(raw)
    layout = Layout.of(raw, encoded.shape) if encoded.raw is None else None
    if layout is None:
        return
    found = encoded_by(layout, raw)
    assert found is None or (found.json, back(found)) == (encoded.json, raw)
    at = data.draw(st.integers(0, len(raw) - 1))
    other = raw[:at] + data.draw(st.binary(min_size=1, max_size=1)) + raw[at + 1 :]
    if found := encoded_by(layout, other):
        assert back(found) == other


@pytest.mark.parametrize(
    "document",
    [
        {"price": Decimal128("1.5")},
        {"of": b"bytes"},
        {"price": math.nan},
        {f"field {n}": n for n in range(LARGEST)},
        {"cube": [[[[["x"]]]]]},
    ],
)
def test_rare_types_and_large_documents_make_no_layout(document: dict[str, Any]) -> None:
    raw = bson.encode(document)
    assert Layout.of(raw, encode(raw).shape) is None


def encoded_with(layouts: Layouts, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        raw = bson.encode(row)
        [encoded] = layouts.encode([raw])
        assert encoded.json == encode(raw).json
        assert back(encoded) == raw


def test_alike_documents_are_proved_only_until_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = []

    def counted(raw: bytes) -> Encoded:
        proved.append(raw)
        return encode(raw)

    monkeypatch.setattr(module, "encode", counted)
    layouts = Layouts()
    for n in range(10 * LEARN_EVERY):
        layouts.encode([bson.encode(ORDER | {"count": n})])
    assert len(proved) == LEARN_EVERY


def test_several_builds_are_known_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARN_EVERY", 1)
    builds: list[dict[str, Any]] = [{"n": 1}, {"n": "text"}, {"n": OID}, {"n": {"deep": [1.5]}}]
    layouts = Layouts()
    encoded_with(layouts, builds)
    monkeypatch.setattr(module, "encode", None)
    layouts.encode([bson.encode(row) for row in builds * 2])


def test_documents_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them have a layout, and whichever is learned from among them."""
    monkeypatch.setattr(module, "LEARN_EVERY", 3)
    rows: list[dict[str, Any]] = [{"n": n} if n % 3 else {"n": math.nan, "of": n} for n in range(30)]
    raws = [bson.encode(row) for row in rows]
    layouts = Layouts()
    assert [back(encoded) for _ in range(2) for encoded in layouts.encode(raws)] == raws * 2


def test_data_without_regularity_are_encoded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARN_EVERY", 1)
    layouts = Layouts()
    encoded_with(layouts, [{f"field {n}": OID} for n in range(20 * MOST_KEPT)])
    encoded_with(layouts, [{"v": Decimal128("1.5")}, {"v": math.nan}, {"v": None}])
