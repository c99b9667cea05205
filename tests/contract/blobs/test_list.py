from __future__ import annotations

import asyncio

import pytest

from libs.common.blobs import BlobStore
from tests.contract.blobs.streams import keys, stream

# "-" and "." sort before "/", "0" after it: folder order is not key order.
NAMES = [
    "a",
    "a-b",
    "a.b/x",
    "a/b",
    "a/b-c/x",
    "a/b/c",
    "a0",
    "b/c/d/e",
    "B",
    "_",
    "click/1",
    "click_tracker/1",
]
NAMES_WITHOUT_CLASH = [name for name in NAMES if name not in {"a", "a/b"}]
"""A folder cannot hold a file and a folder of one name; our keys never ask for that."""


async def store_all(store: BlobStore, folder: str, names: list[str]) -> None:
    await asyncio.gather(*(store.put(f"{folder}{name}", stream(name.encode())) for name in names))


async def test_all_come_in_key_order(store: BlobStore, folder: str) -> None:
    await store_all(store, folder, NAMES_WITHOUT_CLASH)
    assert await keys(store, folder) == sorted(f"{folder}{name}" for name in NAMES_WITHOUT_CLASH)


@pytest.mark.parametrize(
    "prefix", ["a", "a/", "a/b", "a/b-", "b/c/d/e", "click", "click/", "click_", "zzz", "b/c/d/e/f"]
)
async def test_a_prefix_may_end_anywhere(store: BlobStore, folder: str, prefix: str) -> None:
    await store_all(store, folder, NAMES_WITHOUT_CLASH)
    expected = sorted(f"{folder}{name}" for name in NAMES_WITHOUT_CLASH if name.startswith(prefix))
    assert await keys(store, f"{folder}{prefix}") == expected


async def test_the_empty_prefix_lists_everything(store: BlobStore, folder: str) -> None:
    await store_all(store, folder, ["x", "y/z"])
    assert {f"{folder}x", f"{folder}y/z"} <= set(await keys(store, ""))


async def test_a_listing_tells_sizes(store: BlobStore, folder: str) -> None:
    await store_all(store, folder, ["x", "yyy"])
    assert [(blob.key, blob.size) async for blob in store.list(folder)] == [
        (f"{folder}x", 1),
        (f"{folder}yyy", 3),
    ]


async def test_more_than_one_page(store: BlobStore, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.common.blobs.s3.LIST_PAGE", 7)
    monkeypatch.setattr("libs.common.blobs.local.LIST_BATCH", 7)
    names = [f"{number:02}" for number in range(21)]
    await store_all(store, folder, names)
    assert await keys(store, folder) == [f"{folder}{name}" for name in names]


async def test_a_listing_may_delete_as_it_goes(store: BlobStore, folder: str) -> None:
    await store_all(store, folder, ["a", "b", "c/d"])
    async for blob in store.list(folder):
        await store.delete(blob.key)
    assert await keys(store, folder) == []


@pytest.mark.parametrize("prefix", ["../", "/", "/etc", "..", "x/../../"])
async def test_a_prefix_leads_nowhere_else(store: BlobStore, folder: str, prefix: str) -> None:
    await store_all(store, folder, ["x"])
    assert await keys(store, f"{folder}{prefix}") == []
