"""Cutting an array into elements, whatever the chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmarks.dump import stream
from services.benchmarks.dump.stream import BrokenStream, read_array
from tests.unit.services.benchmarks.dump.dumps import chunked

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Collector:
    """Takes everything strictly."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    def text(self, array: str) -> bool:
        return False

    def values(self, rows: list[object]) -> None:
        self.rows += rows


def elements(data: bytes, size: int = 7) -> list[object]:
    collector = Collector()
    read_array(chunked(data, size), collector)
    return collector.rows


def broken(data: bytes, size: int = 7) -> BrokenStream:
    with pytest.raises(BrokenStream) as error:
        elements(data, size)
    return error.value


@given(st.lists(values, max_size=8), st.integers(1, 64), st.sampled_from([None, 2]), st.booleans())
def test_any_array_in_any_chunks(rows: list[Any], size: int, indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    assert elements(data, size) == rows


@given(st.lists(values, min_size=1, max_size=4), st.integers(1, 64), st.data())
def test_a_torn_array_is_never_taken_for_whole(rows: list[Any], size: int, data: st.DataObject) -> None:
    whole = json.dumps(rows).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(BrokenStream):
        elements(whole[:cut], size)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{}",
        "1",
        "null",
        "[1",
        "[1,",
        "[1 2]",
        "[,1]",
        "[1,]",
        "[1]]",
        "[1] x",
        '[{"a" 1}]',
        "[NaN]",
        "[-Infinity]",
    ],
)
def test_broken_json(text: str) -> None:
    assert broken(text.encode()).code == "broken-json"


@pytest.mark.parametrize("text", ["[]", " [ ] ", "[\n]\n"])
def test_empty_arrays(text: str) -> None:
    assert elements(text.encode()) == []


def test_text_that_looks_like_the_end_of_a_row() -> None:
    rows = [{"a": "},"}, {"b": '"},{"'}, {"c": [{"d": 1}, {"e": 2}]}, {"f": {"g": 1}, "h": 2}]
    for size in (1, 5, 1000):
        assert elements(json.dumps(rows).encode(), size) == rows


def test_byte_order_mark_is_let_pass() -> None:
    assert elements(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    error = broken('[{"name": "Müller"}]'.encode(encoding), 1000)
    assert error.code in {"wrong-encoding", "broken-json"}


def test_cut_off_character() -> None:
    assert broken('["ü'.encode()[:-1]).code in {"wrong-encoding", "broken-json"}


@pytest.mark.parametrize("depth", [2_000, 200_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_deep_nesting(depth: int, pair: str) -> None:
    inner = '{"a":' if pair == "{}" else "["
    data = ("[" + inner * depth + "1" + pair[1] * depth + "]").encode()
    assert broken(data, 1 << 18).code in {"too-deep", "row-too-large"}


def test_double_members() -> None:
    assert broken(b'[{"pk": 1, "pk": 2}]').code == "double-member"
    assert broken(b'[{"a": {"x": 1, "\\u0078": 2}}]').code == "double-member"


def test_numbers_longer_than_python_reads() -> None:
    assert broken(b"[" + b"9" * 5000 + b"]", 1 << 18).code == "broken-json"


def test_a_row_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ELEMENT_LIMIT", 1000)
    assert broken(b'[{"a": "' + b"x" * 100_000, 100).code == "row-too-large"


def test_white_space_without_end_takes_no_memory() -> None:
    assert elements(b"[" + b" " * 100_000 + b"1]", 1000) == [1]
