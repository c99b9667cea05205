"""Streams of bytes cut anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def rechunk(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in chunks of exactly `size`, the last one shorter; nothing for no bytes."""
    held: list[bytes] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length < size:
            continue
        joined = memoryview(b"".join(held))
        whole = length - length % size
        for at in range(0, whole, size):
            yield bytes(joined[at : at + size])
        held = [bytes(joined[whole:])]
        length -= whole
    if length:
        yield b"".join(held)
