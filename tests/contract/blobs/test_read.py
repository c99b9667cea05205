from __future__ import annotations

import pytest

from libs.common.blobs import BlobNotFound, BlobStore
from tests.contract.blobs.streams import MIB, keys, pattern, pattern_bytes, read, stream


@pytest.mark.parametrize("start", [0, 1, 299_999, 300_000, 300_001])
async def test_reading_begins_at_any_byte(store: BlobStore, folder: str, start: int) -> None:
    await store.put(f"{folder}x", pattern(300_000))
    assert await read(store, f"{folder}x", start=start) == pattern_bytes(start, max(start, 300_000))


async def test_reading_may_begin_far_inside_a_large_object(store: BlobStore, folder: str) -> None:
    size = 20 * MIB
    await store.put(f"{folder}x", pattern(size))
    assert await read(store, f"{folder}x", start=size - 5) == pattern_bytes(size - 5, size)


async def test_chunks_are_small_enough_to_be_passed_on(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}x", pattern(10 * MIB))
    async with store.open(f"{folder}x") as chunks:
        sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == 10 * MIB
    assert 0 < max(sizes) <= MIB
    assert min(sizes) > 0


async def test_reading_may_stop_early(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}x", pattern(10 * MIB))
    for _ in range(40):  # more than there are connections
        async with store.open(f"{folder}x") as chunks:
            assert (await anext(chunks))[:8] == pattern_bytes(0, 8)
    assert len(await read(store, f"{folder}x")) == 10 * MIB


async def test_what_is_not_there_is_not_found(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}a/x", stream(b"x"))
    for key in (f"{folder}nothing", f"{folder}a", f"{folder}a/x.zip"):
        assert await store.head(key) is None
        with pytest.raises(BlobNotFound):
            async with store.open(key):
                pass


async def test_head_tells_size_and_time(store: BlobStore, folder: str) -> None:
    put = await store.put(f"{folder}x", pattern(1234))
    head = await store.head(f"{folder}x")
    assert head is not None
    assert (head.key, head.size) == (put.key, 1234)
    assert head.modified == put.modified


async def test_deleting_is_final_and_may_be_repeated(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}x", stream(b"x"))
    await store.put(f"{folder}xy", stream(b"xy"))
    await store.delete(f"{folder}x")
    await store.delete(f"{folder}x")
    assert await store.head(f"{folder}x") is None
    assert await keys(store, folder) == [f"{folder}xy"]


async def test_a_reader_survives_the_deletion_of_what_it_reads_or_fails_clearly(
    store: BlobStore, folder: str
) -> None:
    await store.put(f"{folder}x", pattern(MIB))
    async with store.open(f"{folder}x") as chunks:
        first = await anext(chunks)
        await store.delete(f"{folder}x")
        rest = b"".join([chunk async for chunk in chunks])
    assert first + rest == pattern_bytes(0, MIB)


async def test_a_storage_that_works_passes_the_check(store: BlobStore) -> None:
    await store.check()
