from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive.extras import find_extra, read_unicode_path, resolve_zip64
from libs.common.archive.problems import Broken
from tests.corpus.build import ALL_16, ALL_32, unicode_path, zip64_extra

OTHER = b"\x55\x54\x02\x00hi"


def test_field_is_found_among_others() -> None:
    assert find_extra(OTHER + zip64_extra(7) + OTHER, 1) == (7).to_bytes(8, "little")
    assert find_extra(OTHER, 1) is None
    assert find_extra(b"", 1) is None


def test_padding_with_zeros_is_no_field() -> None:
    assert find_extra(OTHER + bytes(3), 0x5455) == b"hi"


@pytest.mark.parametrize("extra", [b"x", OTHER[:-1], OTHER + b"\0\0\1", zip64_extra(1) * 2])
def test_malformed_fields(extra: bytes) -> None:
    with pytest.raises(Broken):
        find_extra(extra, 1)


@given(extra=st.binary(max_size=60))
def test_any_bytes_are_fields_or_broken(extra: bytes) -> None:
    for parse in (
        lambda: resolve_zip64(extra, (1, ALL_32, 3, ALL_16)),
        lambda: read_unicode_path(extra, b"a"),
    ):
        with suppress(Broken):
            parse()


@pytest.mark.parametrize(
    ("values", "field", "resolved"),
    [
        ((1, 2, 3, 0), (), [1, 2, 3, 0]),
        ((ALL_32, 2, 3, 0), (10,), [10, 2, 3, 0]),
        ((1, ALL_32, 3, 0), (20,), [1, 20, 3, 0]),
        ((1, 2, ALL_32, 0), (30,), [1, 2, 30, 0]),
        ((ALL_32, ALL_32, ALL_32, 0), (10, 20, 30), [10, 20, 30, 0]),
        ((1, ALL_32, ALL_32, 0), (20, 30), [1, 20, 30, 0]),
        ((1, 2, 3, 0), (1, 2), [1, 2, 3, 0]),
        ((1, 2, ALL_32, 0), (1, 2, 30), [1, 2, 30, 0]),
        ((ALL_32, ALL_32), (0, 0), [0, 0]),
        ((ALL_32, 2), (10, 2), [10, 2]),
    ],
)
def test_zip64_values(values: tuple[int, ...], field: tuple[int, ...], resolved: list[int]) -> None:
    assert resolve_zip64(zip64_extra(*field), values) == resolved


def test_zip64_disk_has_four_bytes() -> None:
    extra = b"\x01\x00\x04\x00\x07\x00\x00\x00"

    assert resolve_zip64(extra, (1, 2, 3, ALL_16)) == [1, 2, 3, 7]


def test_without_a_field_values_stay() -> None:
    assert resolve_zip64(OTHER, (ALL_32, 2)) == [ALL_32, 2]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((1, 2, 3, 0), (1,)),
        ((1, 2, 3, 0), (9, 2)),
        ((ALL_32, 2, 3, 0), (10, 9)),
        ((1, 2, ALL_32, 0), (1, 2)),
        ((ALL_32, ALL_32), (1,)),
        ((1, 2), (1, 2, 3)),
    ],
)
def test_zip64_fields_that_two_readers_could_take_otherwise(
    values: tuple[int, ...], field: tuple[int, ...]
) -> None:
    with pytest.raises(Broken, match="ZIP64"):
        resolve_zip64(zip64_extra(*field), values)


def test_unicode_path() -> None:
    assert read_unicode_path(unicode_path(b"f_r", "für".encode()), b"f_r") == "für"
    assert read_unicode_path(OTHER, b"f_r") is None


def test_unicode_path_bound_to_another_name() -> None:
    with pytest.raises(Broken, match="another name"):
        read_unicode_path(unicode_path(b"f_r", "für".encode()), b"f-r")
