from __future__ import annotations

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from libs.common.blobs.chunks import regroup


async def stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(min_value=1, max_value=60))
async def test_the_bytes_stay_and_only_the_last_block_is_short(chunks: list[bytes], size: int) -> None:
    blocks = [block async for block in regroup(stream(chunks), size)]
    assert b"".join(blocks) == b"".join(chunks)
    assert all(len(block) == size for block in blocks[:-1])
    assert all(0 < len(block) <= size for block in blocks)


async def test_a_block_is_handed_on_as_soon_as_it_is_full() -> None:
    taken: list[bytes] = []

    async def watched() -> AsyncIterator[bytes]:
        for chunk in (b"ab", b"cd", b"ef"):
            taken.append(chunk)
            yield chunk

    assert await anext(regroup(watched(), 3)) == b"abc"
    assert taken == [b"ab", b"cd"]
