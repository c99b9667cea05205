"""Streams of bytes to store and to compare."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator

from libs.common.blobs import BlobStore

MIB = 2**20
NOISE = random.Random(0).randbytes(MIB)


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def pattern(size: int, chunk: int = 500_009) -> AsyncIterator[bytes]:
    """The first `size` bytes of the pattern; the odd chunk size falls on no boundary."""
    for start in range(0, size, chunk):
        yield pattern_bytes(start, min(start + chunk, size))


def pattern_bytes(start: int, end: int) -> bytes:
    """Noise that repeats nowhere in an object, so that any lost, doubled or moved byte shows."""
    blocks = range(start // MIB, (end + MIB - 1) // MIB)
    noise = b"".join(_rotated(number) for number in blocks)
    return noise[start - blocks.start * MIB : end - blocks.start * MIB]


def _rotated(number: int) -> bytes:
    offset = number * 4099 % MIB
    return NOISE[offset:] + NOISE[:offset]


async def read(store: BlobStore, key: str, *, start: int = 0) -> bytes:
    async with store.open(key, start=start) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def keys(store: BlobStore, prefix: str) -> list[str]:
    return [blob.key async for blob in store.list(prefix)]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
