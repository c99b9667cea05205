"""Whole numbers packed as little-endian 32 bit: an employee's year is 1.5 KB instead of 190 documents."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable

CODE = "i"


def pack(numbers: Iterable[int]) -> bytes:
    packed = array(CODE, numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack(data: bytes) -> array[int]:
    numbers = array(CODE)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
