from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.blobs import BlobExists, folder
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.folder import ABANDONED_SECONDS, INCOMING
from libs.common.blobs.links import LinkSigner
from libs.common.blobs.local import LocalBlobs

SIGNER = LinkSigner("secret")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home" / "temp_exports"


@pytest.fixture
def store(root: Path) -> LocalBlobs:
    return LocalBlobs(root, base_url="http://gate.example/", signer=SIGNER)


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_an_object_is_a_file_under_its_key(store: LocalBlobs, root: Path) -> None:
    await store.put("exports/click.zip", stream(b"zip"))
    assert (root / "exports" / "click.zip").read_bytes() == b"zip"
    assert store.uri("exports/click.zip") == (root / "exports" / "click.zip").as_uri()
    assert list((root / INCOMING).iterdir()) == []


async def test_the_link_leads_to_the_gateway(store: LocalBlobs) -> None:
    link = await store.link("exports/click.zip", filename="a b/c.zip", seconds=60)
    start, token, name = link.rsplit("/", 2)
    assert (start, name) == ("http://gate.example/downloads", "a%20b%2Fc.zip")
    assert SIGNER.verify(token) == ("exports/click.zip", "a b/c.zip")


async def test_unfinished_objects_are_in_no_listing(store: LocalBlobs, root: Path) -> None:
    await store.put("x", stream(b"x"))
    (root / INCOMING / "left").write_bytes(b"half")
    assert [blob.key async for blob in store.list("")] == ["x"]


async def test_what_a_crash_left_goes_after_a_day(store: LocalBlobs, root: Path) -> None:
    await store.put("x", stream(b"x"))
    old, young = root / INCOMING / "old", root / INCOMING / "young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    long_ago = time.time() - ABANDONED_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    os.utime(root / "x", (long_ago, long_ago))
    await store.remove_abandoned()
    assert list((root / INCOMING).iterdir()) == [young]
    assert (root / "x").exists()


async def test_a_new_storage_has_nothing_to_remove_and_nothing_to_list(store: LocalBlobs) -> None:
    await store.remove_abandoned()
    assert [blob async for blob in store.list("")] == []
    assert await store.head("x") is None
    await store.delete("x")


async def test_links_inside_the_folder_are_not_followed(
    store: LocalBlobs, root: Path, tmp_path: Path
) -> None:
    await store.put("x", stream(b"x"))
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "outside" / "secret")
    assert [blob.key async for blob in store.list("")] == ["x"]
    assert await store.head("file") is None


async def test_a_name_cannot_be_file_and_folder(store: LocalBlobs) -> None:
    await store.put("a/b", stream(b"x"))
    with pytest.raises(BlobExists):
        await store.put("a", stream(b"x"))
    with pytest.raises(StorageUnavailable):
        await store.put("a/b/c", stream(b"x"))
    assert await store.head("a/b/c") is None


async def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = LocalBlobs(tmp_path / "file" / "x", base_url="http://x", signer=SIGNER)
    with pytest.raises(StorageUnavailable):
        await store.check()
    with pytest.raises(StorageUnavailable):
        await store.put("x", stream(b"x"))


async def test_a_full_disk_is_unavailable_and_leaves_nothing(
    store: LocalBlobs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: object, _block: bytearray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder.NewFile, "write", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        await store.put("x", stream(b"x"))
    assert list((root / INCOMING).iterdir()) == []
    assert await store.head("x") is None


async def test_a_cancelled_write_has_ended_before_its_file_is_closed(
    store: LocalBlobs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a descriptor under a write would let the write hit whatever file gets that number next."""
    loop = asyncio.get_running_loop()
    begun, go_on, closed = asyncio.Event(), threading.Event(), threading.Event()
    write, close = folder.NewFile.write, folder.NewFile.close
    order: list[str] = []

    def slow_write(file: folder.NewFile, block: bytearray) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)
        write(file, block)
        order.append("written")

    def noted_close(file: folder.NewFile) -> None:
        close(file)
        order.append("closed")
        closed.set()

    monkeypatch.setattr(folder.NewFile, "write", slow_write)
    monkeypatch.setattr(folder.NewFile, "close", noted_close)
    put = asyncio.create_task(store.put("x", stream(b"x")))
    await begun.wait()
    put.cancel()
    await asyncio.sleep(0)
    put.cancel()  # an impatient owner
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await put
    assert order == ["written", "closed"]
    assert list((root / INCOMING).iterdir()) == []
