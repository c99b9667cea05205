"""Streams of bytes, cut anew."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator


async def regroup(chunks: AsyncIterable[bytes], size: int) -> AsyncIterator[bytearray]:
    """The same bytes in blocks of exactly `size`; only the last may be shorter, none is empty.

    Holds one block and one chunk.
    """
    block = bytearray()
    async for chunk in chunks:
        view = memoryview(chunk)
        while view:
            taken = view[: size - len(block)]
            block += taken
            view = view[len(taken) :]
            if len(block) == size:
                yield block
                block = bytearray()
    if block:
        yield block
