from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from libs.common.blobs import BlobExists, BlobStore
from libs.common.blobs.keys import InvalidKey
from libs.common.errors import TooLarge
from tests.contract.blobs.streams import MIB, keys, pattern, pattern_bytes, read, sha256, stream

# Nothing, less than a part of S3, exactly one, one and a byte, and several.
SIZES = [0, 1, 4 * MIB, 5 * MIB, 5 * MIB + 1, 17 * MIB + 12_345]


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_stored_comes_back(store: BlobStore, folder: str, size: int) -> None:
    expected = pattern_bytes(0, size)
    blob = await store.put(f"{folder}x.bin", pattern(size))
    assert (blob.key, blob.size, blob.sha256) == (f"{folder}x.bin", size, sha256(expected))
    assert await read(store, blob.key) == expected


async def test_the_time_of_storing_is_known(store: BlobStore, folder: str) -> None:
    blob = await store.put(f"{folder}x", stream(b"x"))
    assert abs(blob.modified - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_chunk_may_be_larger_than_any_block(store: BlobStore, folder: str) -> None:
    expected = pattern_bytes(0, 20 * MIB + 7)
    await store.put(f"{folder}x", stream(b"", expected, b"", b"end"))
    assert await read(store, f"{folder}x") == expected + b"end"


@pytest.mark.parametrize("size", [10, 9 * MIB])
async def test_nothing_is_overwritten(store: BlobStore, folder: str, size: int) -> None:
    await store.put(f"{folder}x", stream(b"first"))
    with pytest.raises(BlobExists):
        await store.put(f"{folder}x", pattern(size))
    assert await read(store, f"{folder}x") == b"first"


async def test_a_key_is_free_again_once_its_object_is_deleted(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}x", stream(b"first"))
    await store.delete(f"{folder}x")
    await store.put(f"{folder}x", stream(b"second"))
    assert await read(store, f"{folder}x") == b"second"


@pytest.mark.parametrize("sent", [0, 10, 30 * MIB])
async def test_an_exception_in_the_stream_comes_through_and_leaves_nothing(
    store: BlobStore, folder: str, sent: int
) -> None:
    error = TooLarge("more than the limit")

    async def broken() -> AsyncIterator[bytes]:
        async for chunk in pattern(sent):
            yield chunk
        raise error

    with pytest.raises(TooLarge) as raised:
        await store.put(f"{folder}x", broken())
    assert raised.value is error
    assert await store.head(f"{folder}x") is None
    assert await keys(store, folder) == []


@pytest.mark.parametrize("sent", [10, 30 * MIB])
async def test_a_cancelled_put_leaves_nothing(store: BlobStore, folder: str, sent: int) -> None:
    stalled = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for chunk in pattern(sent):
            yield chunk
        stalled.set()
        await asyncio.Event().wait()

    put = asyncio.create_task(store.put(f"{folder}x", endless()))
    await stalled.wait()
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    assert await keys(store, folder) == []
    await store.put(f"{folder}x", stream(b"later"))
    assert await read(store, f"{folder}x") == b"later"


async def test_nothing_is_visible_before_the_last_byte(store: BlobStore, folder: str) -> None:
    seen: list[object] = []

    async def watched() -> AsyncIterator[bytes]:
        async for chunk in pattern(20 * MIB, MIB):
            yield chunk
        seen.append(await store.head(f"{folder}x"))
        seen.extend(await keys(store, folder))

    await store.put(f"{folder}x", watched())
    assert seen == [None]
    assert await keys(store, folder) == [f"{folder}x"]


STRANGE = [
    "",
    "/",
    "/x",
    "x/",
    "a//b",
    ".",
    "..",
    "../x",
    "a/../b",
    "a/./b",
    "a\\b",
    "a b",
    "ä",
    "a\0b",
    "a\n",
]
TOO_LONG = ["x" * 256, "/".join(["xxxxxxxxx"] * 103)]


@pytest.mark.parametrize("key", [*STRANGE, *TOO_LONG, "~incoming/x"])
async def test_a_key_that_is_no_plain_relative_path_is_refused(store: BlobStore, key: str) -> None:
    with pytest.raises(InvalidKey):
        await store.put(key, stream(b"x"))
    with pytest.raises(InvalidKey):
        await store.head(key)
    with pytest.raises(InvalidKey):
        await store.delete(key)
    with pytest.raises(InvalidKey):
        await store.link(key, filename="x", seconds=60)
    with pytest.raises(InvalidKey):
        async with store.open(key):
            pass
    with pytest.raises(InvalidKey):
        store.uri(key)


async def test_writers_of_different_keys_do_not_disturb_each_other(store: BlobStore, folder: str) -> None:
    blobs = await asyncio.gather(
        *(store.put(f"{folder}{n}/x", stream(bytes([n]) * (n * MIB))) for n in range(12))
    )
    for number, blob in enumerate(blobs):
        assert blob.sha256 == sha256(bytes([number]) * (number * MIB))
        assert await read(store, blob.key) == bytes([number]) * (number * MIB)
