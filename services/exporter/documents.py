"""BSON documents one after the other, told apart by the length that each begins with (bsonspec.org)."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

LENGTH: Final = Struct("<I")
"""A document's bytes, these four included."""


def end_of_first(data: bytes, start: int = 0) -> int | None:
    """Where the document that begins at `start` ends; None if it is not all there."""
    if start + LENGTH.size > len(data):
        return None
    end: int = start + LENGTH.unpack_from(data, start)[0]
    return end if end <= len(data) else None


def split_documents(data: bytes) -> Iterator[bytes]:
    """Each document that is all there."""
    start = 0
    while end := end_of_first(data, start):
        yield data[start:end]
        start = end


def count_documents(batch: bytes) -> int:
    """How many documents a batch holds."""
    count = position = 0
    while position < len(batch):
        position += LENGTH.unpack_from(batch, position)[0]
        count += 1
    return count
