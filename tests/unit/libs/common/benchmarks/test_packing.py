from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from libs.common.benchmarks.packing import pack, unpack

INT32 = st.integers(-(2**31), 2**31 - 1)


@given(st.lists(INT32))
def test_what_was_packed_is_unpacked(numbers: list[int]) -> None:
    assert unpack(pack(numbers)).tolist() == numbers


def test_little_endian_with_four_bytes_each() -> None:
    assert pack([1, 256]) == b"\x01\0\0\0\0\x01\0\0"
