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
    TOGETHER,
    Layout,
    Layouts,
)
from services.exporter.types import BETWEEN_LINES, Encoded, encode, shape_as_json
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
    """None unless the layout takes all of it."""
    return layout.encode(raw) if layout.fitting(raw, 0, len(raw)) == raw else None


def back(encoded: Encoded) -> bytes:
    """As the standalone application restores it."""
    if encoded.raw is not None:
        return encoded.raw
    shape = None if encoded.shape is None else orjson.loads(orjson.dumps(shape_as_json(encoded.shape)))
    lines = encoded.json.split(BETWEEN_LINES)  # JSON on one line holds no other line break
    assert len(lines) == encoded.documents
    return b"".join(bson.encode(standalone_data.restore(json.loads(line), shape)) for line in lines)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


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


def test_no_value_makes_a_pattern_try_for_ever() -> None:
    """A double that matches in two ways doubles what is tried where a later field differs."""
    doubles: dict[str, Any] = {f"d{n}": n + 0.5 for n in range(60)}
    assert encoded_by(layout_of(doubles | {"last": 1}), bson.encode(doubles | {"last": "x"})) is None


def encoded_with(layouts: Layouts, rows: Sequence[dict[str, Any]], size: int = 2**20) -> list[Encoded]:
    raws = [bson.encode(row) for row in rows]
    found = list(layouts.encode(cut(b"".join(raws), size)))
    assert b"".join(map(back, found)) == b"".join(raws)
    assert BETWEEN_LINES.join(each.json for each in found) == BETWEEN_LINES.join(
        encode(raw).json for raw in raws
    )
    return found


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Documents that were encoded one by one."""
    seen: list[bytes] = []

    def counted(raw: bytes) -> Encoded:
        seen.append(raw)
        return encode(raw)

    monkeypatch.setattr(module, "encode", counted)
    return seen


def test_alike_documents_are_proved_only_until_they_are_known(proved: list[bytes]) -> None:
    found = encoded_with(Layouts(), [ORDER | {"count": n} for n in range(10 * LEARN_EVERY)])
    assert len(proved) == LEARN_EVERY + 1  # the one that is learned is looked at again
    alike = [each for each in found if each.documents > 1]
    assert sum(each.documents for each in alike) > 8 * LEARN_EVERY
    assert all(each.json.count(BETWEEN_LINES) == each.documents - 1 for each in alike)


def test_the_richest_document_is_learned(proved: list[bytes]) -> None:
    """Empty lists do not tell what other documents hold in them."""
    poor, rich = ORDER | {"tags": [], "rows": []}, ORDER
    encoded_with(Layouts(), [poor, rich, *[poor] * LEARN_EVERY, *[rich, poor] * LEARN_EVERY])
    assert len(proved) == LEARN_EVERY + 1


def test_where_the_longest_makes_no_layout_another_is_learned(proved: list[bytes]) -> None:
    long = {"price": Decimal128("1.5"), "text": "x" * 2_000}
    encoded_with(Layouts(), [long] * (LEARN_EVERY // 2) + [ORDER] * 2 * LEARN_EVERY)
    assert len(proved) == LEARN_EVERY + 2


def test_a_document_that_is_larger_than_others_together_has_a_layout_too(proved: list[bytes]) -> None:
    large = {"text": "x" * (TOGETHER + 1), "n": 1}
    encoded_with(Layouts(), [large] * (LEARN_EVERY + 5))
    assert len(proved) == LEARN_EVERY + 1


def test_several_builds_are_known_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARN_EVERY", 1)
    builds: list[dict[str, Any]] = [{"n": 1}, {"n": "text"}, {"n": OID}, {"n": {"deep": [1.5]}}]
    layouts = Layouts()
    encoded_with(layouts, builds)
    monkeypatch.setattr(module, "encode", None)
    assert [each.documents for each in encoded_with(layouts, [*builds, *builds[::-1]])] == [
        1,
        1,
        1,
        2,
        1,
        1,
        1,
    ]


def test_documents_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them have a layout, and whichever is learned from among them."""
    monkeypatch.setattr(module, "LEARN_EVERY", 3)
    encoded_with(Layouts(), [{"n": n} if n % 3 else {"n": math.nan, "of": n} for n in range(60)])


@pytest.mark.parametrize("size", [1, 7, 100, 999])
def test_blocks_are_cut_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARN_EVERY", 2)
    rows = [
        ORDER | {"count": n, "tags": ["t"] * (n % 5), "place": None if n % 7 == 0 else {}} for n in range(30)
    ]
    encoded_with(Layouts(), rows, size)


def test_one_that_only_seemed_to_fit_is_told_from_those_around_it(
    monkeypatch: pytest.MonkeyPatch, proved: list[bytes]
) -> None:
    """Strings with a NUL, of which one hides what looks like the end of its document and the start of another."""
    monkeypatch.setattr(module, "LEARN_EVERY", 1)
    plain = {"a": "text", "b": "text"}
    layouts = Layouts()
    encoded_with(layouts, [plain])
    proved.clear()
    hidden = {"a": "\0\x02b\0\x01\0\0\0\0\0" + "size" + "\x02a\0\x01\0\0\0", "b": ""}  # two, for the pattern
    rows = [plain, {"a": "nul \0", "b": ""}, plain, hidden, plain, plain]
    found = encoded_with(layouts, rows)
    assert bson.encode(hidden) in proved
    assert [each.documents for each in found] == [1, 1, 1, 1, 1, 1]


@given(st.lists(documents, max_size=12), st.integers(1, 400), st.data())
def test_whatever_they_are_they_come_back_byte_for_byte(
    rows: list[dict[str, Any]], size: int, data: st.DataObject
) -> None:
    order = data.draw(st.lists(st.sampled_from(rows), max_size=40)) if rows else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEARN_EVERY", 2)
        encoded_with(Layouts(), order, size)


def test_data_without_regularity_are_encoded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEARN_EVERY", 1)
    layouts = Layouts()
    encoded_with(layouts, [{f"field {n}": OID} for n in range(20 * MOST_KEPT)])
    encoded_with(layouts, [{"v": Decimal128("1.5")}, {"v": math.nan}, {"v": None}])
