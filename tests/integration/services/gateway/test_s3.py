"""The same on S3: links are presigned there, and what is refused leaves nothing there either."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import asdict

import aiohttp
import pytest

from libs.common.database.client import Database
from libs.common.limits import Limits
from libs.common.parts import Parts
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port
from tests.servers.s3 import S3Server

from .conftest import SMALL
from .house import ZIP, Gateway, open_house


@pytest.fixture
async def parts(
    make_settings: MakeSettings, limits: Limits, database: Database, s3_server: S3Server
) -> AsyncIterator[Parts]:
    """As everywhere in this folder, but with storage in S3."""
    settings = make_settings(port=free_port(), **asdict(s3_server))
    async with open_house(settings, limits, database) as parts:
        yield parts


def form(content: bytes) -> aiohttp.FormData:
    data = aiohttp.FormData()
    data.add_field("file", content, filename="click_upload.zip")
    return data


async def test_an_export_is_downloaded_from_s3_without_our_token(
    staffed: Gateway, s3_server: S3Server
) -> None:
    async with staffed.http.get("/api/package-standalone/click") as response:
        body = await response.json()
    async with aiohttp.ClientSession() as anybody, anybody.get(body["download_url"]) as download:
        content = await download.read()

    assert body["download_url"].startswith(s3_server.b2_endpoint_url)
    assert hashlib.sha256(content).hexdigest() == body["checksum"]
    assert body["filename"] in download.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("content", "status"), [(ZIP + bytes(SMALL), 413), (b"GIF89a" + bytes(SMALL // 2), 415), (b"", 415)]
)
async def test_what_is_refused_leaves_nothing(gateway: Gateway, content: bytes, status: int) -> None:
    before = [blob.key async for blob in gateway.parts.blobs.list("uploads/")]
    async with gateway.http.post("/api/upload-experiment", data=form(content)) as response:
        assert response.status == status, await response.text()

    assert [blob.key async for blob in gateway.parts.blobs.list("uploads/")] == before


async def test_an_upload_reaches_s3(gateway: Gateway) -> None:
    headers = {"Prefer": "respond-async"}
    async with gateway.http.post("/api/upload-experiment", data=form(ZIP), headers=headers) as response:
        job = (await response.json())["job"]

    async with gateway.parts.blobs.open(job["input"]["upload_key"]) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == ZIP
