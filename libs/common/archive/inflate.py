"""Unpacks one entry with bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from isal import isal_zlib

from libs.common.archive.entries import STORED, Entry
from libs.common.archive.problems import Broken
from libs.common.archive.rulebook import BAD_DATA, SIZE_DIFFERS, TRAILING_DEFLATE, WRONG_CRC
from libs.common.archive.source import Source

PACKED_CHUNK = 64 * 2**10
"""Bytes read at once; what zlib has not taken of them is copied at each step, so not more."""
CHUNK = 256 * 2**10
"""Bytes unpacked at once, whatever a bomb would like."""


def inflate(source: Source, entry: Entry) -> Iterator[bytes]:
    """The contents, counted while they come: a byte more than the headers say is not handed out. Raises: Broken."""
    size, crc = 0, 0
    for chunk in _stored(source, entry) if entry.method == STORED else _deflated(source, entry):
        size += len(chunk)
        if size > entry.size:
            raise Broken(
                SIZE_DIFFERS, f"The entry has more than the {entry.size} bytes that its headers say."
            )
        crc = isal_zlib.crc32(chunk, crc)
        yield chunk
    if size != entry.size:
        raise Broken(SIZE_DIFFERS, f"The entry has {size} bytes, and its headers say {entry.size}.")
    if crc != entry.crc:
        raise Broken(WRONG_CRC, "The entry's contents do not match their CRC-32.")


def _stored(source: Source, entry: Entry) -> Iterator[bytes]:
    for at in range(0, entry.packed_size, CHUNK):
        yield source.read_at(entry.offset + at, min(CHUNK, entry.packed_size - at))


def _deflated(source: Source, entry: Entry) -> Iterator[bytes]:
    """RFC 1951 by zlib: ISA-L is faster, but takes incomplete Huffman codes that every other reader refuses."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    at, end = entry.offset, entry.offset + entry.packed_size
    packed = b""
    while not inflater.eof:
        if not packed:
            packed = source.read_at(at, min(PACKED_CHUNK, end - at))
            at += len(packed)
        is_last = not packed
        chunk, packed = _step(inflater, packed)
        if chunk:
            yield chunk
        elif is_last:
            raise Broken(BAD_DATA, "The entry's packed data are cut off.")
    if inflater.unused_data or at < end:
        raise Broken(TRAILING_DEFLATE, "The entry's packed data go on after their end.")


def _step(inflater: zlib._Decompress, packed: bytes) -> tuple[bytes, bytes]:
    """The next chunk, and what is left of the input; empty input brings out what zlib still holds."""
    try:
        return inflater.decompress(packed, CHUNK), inflater.unconsumed_tail
    except zlib.error:
        raise Broken(BAD_DATA, "The entry's packed data are damaged.") from None
