"""HTTP through the gateway: bodies, headers, ranges, broken answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import aiohttp
import psutil
import pytest
from yarl import URL

from libs.common.hosting import TOKEN_HEADER
from libs.common.jobs.model import Role
from tests.integration.services.gateway.house import Gateway, until

from .host import FakeHost, record, serving

BLOCK = bytes(range(256)) * 256
BLOCKS = 3_200
"""Of 64 KiB: 200 MiB."""
GROWTH_LIMIT = 24 * 2**20
"""Bytes that this process (client, gateway and host at once) may grow by."""


async def blocks(count: int = BLOCKS) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield BLOCK


async def test_everything_arrives_as_it_was_sent(gateway: Gateway, host: FakeHost) -> None:
    path = "/experiments/click/a%2Fb/%C3%BC?x=1&x=%20&y"
    async with gateway.http.post(URL(path, encoded=True), data=b"body") as answer:
        shown = await answer.json()
    assert (shown["method"], shown["path"]) == ("POST", path)
    assert shown["headers"]["content-length"] == ["4"]
    assert shown["sha256"] == hashlib.sha256(b"body").hexdigest()
    assert shown["headers"]["host"] == [f"127.0.0.1:{gateway.parts.settings.port}"]
    assert shown["headers"]["x-forwarded-for"] == ["127.0.0.1"]


async def test_answers_are_the_experiments_own(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get("/experiments/click/") as answer:
        assert answer.headers["X-Of-Experiment"] == "yes"
        assert "visitor=a1" in answer.headers["Set-Cookie"]
    assert "Content-Security-Policy" not in answer.headers
    assert "Cache-Control" not in answer.headers
    assert "Keep-Alive" not in answer.headers
    cookies = answer.headers.getall("Set-Cookie")
    assert not [cookie for cookie in cookies if cookie.startswith("entrepot_session")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_goes_through(gateway: Gateway, host: FakeHost, method: str) -> None:
    async with gateway.http.request(method, "/experiments/click/x") as answer:
        assert (await answer.json())["method"] == method


async def test_redirects_are_left_to_the_client(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get("/experiments/click?a=b", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (307, "/experiments/click/?a=b")
    async with gateway.http.post("/experiments/click", data=b"kept") as answer:
        assert (await answer.json())["size"] == 4


async def test_head_ranges_and_conditions(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.head("/experiments/click/file") as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, "100")
    async with gateway.http.get("/experiments/click/file", headers={"Range": "bytes=10-19"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (206, "bytes 10-19/100")
        assert await answer.read() == bytes(range(10, 20))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "file"),
        ("HEAD", "file"),
        ("GET", "brief?status=200&text=all+at+once"),
        ("GET", "brief?status=200&text="),
        ("GET", "brief?status=404&text=no"),
        ("GET", "brief?status=204&text="),
        ("GET", "brief?status=304&text="),
        ("HEAD", "brief?status=200&text=unseen"),
    ],
)
async def test_small_answers_are_as_the_host_gives_them(
    gateway: Gateway, host: FakeHost, method: str, path: str
) -> None:
    token = {TOKEN_HEADER: host.token}
    async with gateway.http.request(method, f"{host.address}/experiments/click/{path}", headers=token) as own:
        straight = own.status, own.reason, own.headers.get("Content-Type"), await own.read()
    async with gateway.http.request(method, f"/experiments/click/{path}") as answer:
        assert (
            answer.status,
            answer.reason,
            answer.headers.get("Content-Type"),
            await answer.read(),
        ) == straight
    if "Transfer-Encoding" not in own.headers:
        assert answer.headers.get("Content-Length") == own.headers.get("Content-Length")


async def test_a_large_upload_takes_no_memory(gateway: Gateway, host: FakeHost) -> None:
    before = psutil.Process().memory_info().rss
    async with gateway.http.put("/experiments/click/upload", data=blocks()) as answer:
        shown = await answer.json()
    assert shown["size"] == BLOCKS * len(BLOCK)
    assert shown["headers"]["transfer-encoding"] == ["chunked"]
    assert psutil.Process().memory_info().rss - before < GROWTH_LIMIT


async def test_a_large_download_takes_no_memory(gateway: Gateway, host: FakeHost) -> None:
    before, size = psutil.Process().memory_info().rss, BLOCKS * len(BLOCK)
    async with gateway.http.get(f"/experiments/click/download?size={size}") as answer:
        assert answer.content_length == size
        received = 0
        async for chunk in answer.content.iter_any():
            received += len(chunk)
    assert received == size
    assert psutil.Process().memory_info().rss - before < GROWTH_LIMIT


async def test_both_directions_flow_at_once(gateway: Gateway, host: FakeHost) -> None:
    """An echo of more than all buffers together hold would stop if one side waited for the other's end."""
    async with gateway.http.post("/experiments/click/echo", data=blocks(160)) as answer:
        digest, size = hashlib.sha256(), 0
        async for chunk in answer.content.iter_any():
            digest.update(chunk)
            size += len(chunk)
    assert size == 160 * len(BLOCK)
    assert digest.hexdigest() == hashlib.sha256(BLOCK * 160).hexdigest()


async def test_events_arrive_when_they_happen(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get("/experiments/click/events") as answer:
        assert await answer.content.readuntil(b"\n\n") == b"data: one\n\n"
        host.go.set()
        assert await answer.content.readuntil(b"\n\n") == b"data: two\n\n"


async def test_a_client_that_goes_ends_the_work(gateway: Gateway, host: FakeHost) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3), gateway.http.get("/experiments/click/endless"):
            pass
    await asyncio.wait_for(host.abandoned.wait(), 5)


async def test_a_broken_answer_is_seen_as_broken(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get("/experiments/click/break") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


@pytest.mark.parametrize(
    ("method", "body", "again"),
    [("GET", None, True), ("DELETE", None, True), ("POST", None, False), ("PUT", b"half sent", False)],
)
async def test_only_what_is_safe_is_tried_again(
    gateway: Gateway, host: FakeHost, method: str, body: bytes | None, again: bool
) -> None:
    async with gateway.http.request(method, "/experiments/click/slam", data=body) as answer:
        problem = await answer.json()
    assert (answer.status, problem["type"]) == (502, "urn:entrepot:problem:experiment-unreachable")
    assert (len(host.requests) > 1) is again


async def test_a_new_port_is_found_at_once(gateway: Gateway, host: FakeHost) -> None:
    """The gateway has just read the old address when the host comes back on another port."""
    async with serving(FakeHost("two")) as second:
        await gateway.http.get("/experiments/click/")
        await record(gateway.parts.database, "click", FakeHost("gone"))
        await until(lambda: refused(gateway))
        await record(gateway.parts.database, "click", second)
        async with gateway.http.post("/experiments/click/", data=b"unsent") as answer:
            assert (await answer.json())["host"] == "two"


async def refused(gateway: Gateway) -> bool:
    async with gateway.http.get("/experiments/click/") as answer:
        return answer.status == 502


async def test_a_body_is_asked_for_only_when_it_is_taken(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.put("/experiments/click/x", data=b"wanted", expect100=True) as answer:
        assert (await answer.json())["size"] == 6
    async with gateway.http.put("/experiments/none/x", data=blocks(), expect100=True) as answer:
        assert answer.status == 404


async def test_a_body_that_breaks_off_reaches_nobody_whole(gateway: Gateway, host: FakeHost) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.parts.settings.port)
    head = f"POST /experiments/click/x HTTP/1.1\r\nHost: 127.0.0.1:{gateway.parts.settings.port}\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\nhalf".encode())
    await writer.drain()
    await until(lambda: _has(host, "POST /experiments/click/x"))
    writer.close()
    async with gateway.http.get("/experiments/click/after") as answer:
        assert answer.status == 200


async def _has(host: FakeHost, line: str) -> bool:
    return line in host.requests


async def test_hosts_without_the_token_are_not_asked(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get(f"{host.address}/experiments/click/") as direct:
        assert direct.status == 403
    async with gateway.http.get("/experiments/click/", headers=await gateway.token(Role.VIEWER)) as answer:
        assert answer.status == 200
