from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import pytest

from libs.common.blobs import BlobStore
from libs.common.blobs.links import content_disposition
from tests.contract.blobs.streams import MIB, pattern, pattern_bytes, stream


async def get(url: str) -> tuple[int, bytes, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read(), response.headers.get("Content-Disposition", "")


@pytest.mark.parametrize("size", [0, 3, 9 * MIB])
async def test_anyone_can_download_by_the_link(store: BlobStore, folder: str, size: int) -> None:
    await store.put(f"{folder}x.zip", pattern(size))
    status, body, disposition = await get(
        await store.link(f"{folder}x.zip", filename="click.zip", seconds=60)
    )
    assert (status, body) == (200, pattern_bytes(0, size))
    assert disposition == 'attachment; filename="click.zip"'


@pytest.mark.parametrize("filename", ["Übung 1.zip", 'quo"ted\\.zip', "100%.zip", "a\r\nSet-Cookie: x=1.zip"])
async def test_any_file_name_arrives_and_breaks_no_header(
    store: BlobStore, folder: str, filename: str
) -> None:
    await store.put(f"{folder}x.zip", stream(b"x"))
    status, body, disposition = await get(await store.link(f"{folder}x.zip", filename=filename, seconds=60))
    assert (status, body) == (200, b"x")
    assert disposition == content_disposition(filename)
    assert "filename*=UTF-8''" in disposition


async def test_an_expired_link_is_refused(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}x.zip", stream(b"x"))
    link = await store.link(f"{folder}x.zip", filename="x.zip", seconds=1)
    async with asyncio.timeout(15):
        while (answer := await get(link))[0] == 200:
            await asyncio.sleep(0.1)
    assert 400 <= answer[0] < 500  # B2 and AWS say 403, rclone 400
    assert answer[1] != b"x"


async def test_a_link_opens_nothing_else(store: BlobStore, folder: str) -> None:
    await store.put(f"{folder}mine.zip", stream(b"mine"))
    await store.put(f"{folder}other.zip", stream(b"other"))
    link = await store.link(f"{folder}mine.zip", filename="x.zip", seconds=60)
    # In S3 the key stands in the path; locally it stands in the token, whose signature breaks with any letter.
    path = urlsplit(link).path
    changed = path.replace("mine", "other") if "mine" in path else path.replace("/downloads/", "/downloads/x")
    assert changed != path
    status, body, _ = await get(link.replace(path, changed))
    assert status == 403
    assert b"other" not in body.replace(b"other.zip", b"")


async def test_the_permanent_name_is_no_link(store: BlobStore, folder: str) -> None:
    uri = store.uri(f"{folder}x.zip")
    assert urlsplit(uri).scheme in {"s3", "file"}
    assert uri.endswith(f"{folder}x.zip")
    assert "?" not in uri
