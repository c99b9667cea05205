"""Two writers of one key. moto is the S3 that enforces `If-None-Match`; see `S3Blobs` for those that do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.blobs import Blob, BlobExists, BlobStore
from libs.common.blobs.s3 import S3Blobs
from tests.conftest import MakeSettings
from tests.contract.blobs.adapters import local_storage, s3_storage
from tests.contract.blobs.streams import keys, pattern, pattern_bytes, read, sha256, stream


@pytest.fixture(params=["local", "moto"])
async def racing_store(
    request: pytest.FixtureRequest, tmp_path: Path, folder: str, make_settings: MakeSettings
) -> AsyncIterator[BlobStore]:
    if request.param == "local":
        async with local_storage(tmp_path / "home", folder) as adapter:
            yield adapter.store
    else:
        async with s3_storage(request.getfixturevalue("moto_server"), folder) as adapter:
            yield adapter.store


async def test_the_second_to_finish_fails_and_changes_nothing(racing_store: BlobStore, folder: str) -> None:
    key = f"{folder}x"
    second_has_begun, first_is_done = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        second_has_begun.set()
        await first_is_done.wait()
        yield b"second"

    second = asyncio.create_task(racing_store.put(key, slow()))
    await second_has_begun.wait()
    await racing_store.put(key, stream(b"first"))
    first_is_done.set()
    with pytest.raises(BlobExists):
        await second
    assert await read(racing_store, key) == b"first"
    assert await keys(racing_store, folder) == [key]


async def test_of_many_equal_writers_one_wins(racing_store: BlobStore, folder: str) -> None:
    key, size = f"{folder}x", 1_000_000
    results = await asyncio.gather(
        *(racing_store.put(key, pattern(size)) for _ in range(8)), return_exceptions=True
    )
    winners = [result for result in results if isinstance(result, Blob)]
    losers = [result for result in results if isinstance(result, BlobExists)]
    # moto looks for the key in one step and writes in another, so there two may pass; S3 itself takes the first alone.
    most = len(results) if isinstance(racing_store, S3Blobs) else 1
    assert 1 <= len(winners) <= most
    assert len(winners) + len(losers) == len(results)
    assert {winner.sha256 for winner in winners} == {sha256(pattern_bytes(0, size))}
    assert await read(racing_store, key) == pattern_bytes(0, size)
