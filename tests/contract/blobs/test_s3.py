"""What only S3 has: wrong keys, an endpoint for browsers, unfinished uploads, servers that do not answer."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiobotocore.config import AioConfig

from libs.common.blobs import s3_client
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.s3 import S3Blobs, open_s3_blobs
from libs.common.errors import TooLarge
from tests.conftest import MakeSettings
from tests.contract.blobs.streams import MIB, pattern, read, stream
from tests.servers.binaries import free_port
from tests.servers.s3 import S3Server


@pytest.fixture(autouse=True)
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails on purpose need not be retried."""
    once = AioConfig(retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(s3_client, "CONFIG", s3_client.CONFIG.merge(once))


@asynccontextmanager
async def opened(make_settings: MakeSettings, server: S3Server, **changes: str) -> AsyncIterator[S3Blobs]:
    store = await open_s3_blobs(make_settings(**{**dataclasses.asdict(server), **changes}))
    try:
        yield store
    finally:
        await store.close()


async def test_a_wrong_secret_is_refused_and_shown_nowhere(
    make_settings: MakeSettings, s3_server: S3Server, folder: str
) -> None:
    async with opened(make_settings, s3_server, b2_secret_access_key="wrong-secret") as store:
        with pytest.raises(StorageUnavailable) as raised:
            await store.check()
        with pytest.raises(StorageUnavailable):
            await store.put(f"{folder}x", stream(b"x"))
    error = raised.value
    shown = f"{error} {error!r} {error.__cause__} {error.as_problem_details()} {store!r}"
    assert "wrong-secret" not in shown
    assert s3_server.b2_access_key_id not in shown


async def test_a_bucket_that_is_not_there_fails_the_check(
    make_settings: MakeSettings, s3_server: S3Server
) -> None:
    async with opened(make_settings, s3_server, b2_bucket_name="no-such-bucket") as store:
        with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
            await store.check()


async def test_a_server_that_does_not_answer_is_unavailable(
    make_settings: MakeSettings, s3_server: S3Server, folder: str
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with opened(make_settings, s3_server, b2_endpoint_url=nowhere) as store:
        with pytest.raises(StorageUnavailable):
            await store.check()
        with pytest.raises(StorageUnavailable):
            await store.head(f"{folder}x")
        with pytest.raises(StorageUnavailable):
            await store.put(f"{folder}x", stream(b"x"))
        with pytest.raises(StorageUnavailable):
            await read(store, f"{folder}x")


async def test_links_name_the_host_that_browsers_see(
    make_settings: MakeSettings, s3_server: S3Server, folder: str
) -> None:
    public = s3_server.b2_endpoint_url.replace("127.0.0.1", "localhost")
    async with opened(make_settings, s3_server, b2_public_endpoint_url=public) as store:
        await store.put(f"{folder}x", stream(b"x"))
        link = await store.link(f"{folder}x", filename="x", seconds=60)
        assert link.startswith(f"{public}/")
        async with aiohttp.ClientSession() as session, session.get(link) as response:
            assert (response.status, await response.read()) == (200, b"x")
        await store.delete(f"{folder}x")


async def test_a_failed_upload_leaves_no_parts(
    make_settings: MakeSettings, s3_server: S3Server, folder: str
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for chunk in pattern(20 * MIB):
            yield chunk
        raise TooLarge

    async with opened(make_settings, s3_server) as store:
        with pytest.raises(TooLarge):
            await store.put(f"{folder}x", broken())
        unfinished = await store.client.list_multipart_uploads(Bucket=store.bucket)
        assert folder not in str(unfinished.get("Uploads", []))


async def test_objects_carry_their_content_type(
    make_settings: MakeSettings, s3_server: S3Server, folder: str
) -> None:
    async with opened(make_settings, s3_server) as store:
        for name, expected in {"x.zip": "application/zip", "x": "application/octet-stream"}.items():
            await store.put(f"{folder}{name}", stream(b"x"))
            head = await store.client.head_object(Bucket=store.bucket, Key=f"{folder}{name}")
            assert head["ContentType"] == expected
            await store.delete(f"{folder}{name}")
