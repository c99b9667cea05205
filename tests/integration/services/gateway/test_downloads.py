"""Signed links of the local storage: whole files, ranges, names, and what is not let through."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.headers import DEFAULTS

from .house import Gateway

KEY = "exports/click_intelligent_export_1.zip"
CONTENT = bytes(range(256)) * 4096
SIZE = len(CONTENT)


async def _pieces() -> AsyncIterator[bytes]:
    yield CONTENT


@pytest.fixture
async def link(gateway: Gateway) -> str:
    await gateway.parts.blobs.put(KEY, _pieces())
    return await gateway.parts.blobs.link(KEY, filename="click.zip", seconds=60)


async def test_the_whole_file(gateway: Gateway, link: str) -> None:
    async with gateway.http.get(link) as response:
        content = await response.read()

    assert response.status == 200
    assert content == CONTENT
    assert response.content_length == SIZE
    assert response.content_type == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="click.zip"'
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_the_head(gateway: Gateway, link: str) -> None:
    async with gateway.http.head(link) as response:
        assert response.status == 200
        assert response.headers["Content-Length"] == str(SIZE)
        assert await response.read() == b""


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=300000-700000", 300_000, 700_001),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes={SIZE - 1}-{SIZE * 2}", SIZE - 1, SIZE),
    ],
)
async def test_a_range(gateway: Gateway, link: str, wanted: str, start: int, stop: int) -> None:
    async with gateway.http.get(link, headers={"Range": wanted}) as response:
        content = await response.read()

    assert response.status == 206
    assert content == CONTENT[start:stop]
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=9-1", "bytes"])
async def test_a_range_that_makes_no_sense_is_ignored(gateway: Gateway, link: str, wanted: str) -> None:
    async with gateway.http.get(link, headers={"Range": wanted}) as response:
        assert response.status == 200
        assert await response.read() == CONTENT


async def test_a_range_beyond_the_end(gateway: Gateway, link: str) -> None:
    async with gateway.http.get(link, headers={"Range": f"bytes={SIZE}-"}) as response:
        assert response.status == 416
        assert response.headers["Content-Range"] == f"bytes */{SIZE}"


async def test_going_on_where_it_stopped(gateway: Gateway, link: str) -> None:
    async with gateway.http.head(link) as response:
        etag = response.headers["ETag"]
    for tag, status in ((etag, 206), ('"another"', 200)):
        async with gateway.http.get(link, headers={"Range": "bytes=5-", "If-Range": tag}) as response:
            assert response.status == status
    async with gateway.http.get(link, headers={"If-None-Match": etag}) as response:
        assert response.status == 304


async def test_links_that_are_not_ours_or_have_expired(gateway: Gateway, link: str) -> None:
    expired = await gateway.parts.blobs.link(KEY, filename="click.zip", seconds=-1)
    for address in (expired, link.replace("/downloads/", "/downloads/x"), "/downloads/x/y"):
        async with gateway.http.get(address) as response:
            assert response.status == 403
            assert response.content_type == "application/problem+json"


async def test_what_is_gone_is_not_found(gateway: Gateway, link: str) -> None:
    await gateway.parts.blobs.delete(KEY)

    async with gateway.http.get(link) as response:
        assert response.status == 404


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    "name", ['a"b\\c.zip', "\u00fcber.zip", "x\r\nSet-Cookie: a=b.zip", "../../etc/passwd"]
)
async def test_names_cannot_break_out_of_the_header(gateway: Gateway, name: str) -> None:
    address = await gateway.parts.blobs.link(KEY, filename=name, seconds=60)
    async with gateway.http.get(address) as response:
        assert response.status == 200
        assert "Set-Cookie" not in response.headers
        assert response.headers["Content-Disposition"].startswith("attachment; ")


async def test_our_own_answers_are_neither_sniffed_nor_framed_nor_cached(gateway: Gateway) -> None:
    for path in ("/api/jobs", "/nowhere", "/api/package-docker/unknown", "/livez"):
        async with gateway.http.get(path) as response:
            assert {name: response.headers[name] for name in DEFAULTS} == DEFAULTS
            assert response.headers["Server"] == "entrepot"
