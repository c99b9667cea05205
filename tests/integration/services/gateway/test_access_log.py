"""The log tells who did what, and holds nothing that opens a door."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from libs.common.jobs.model import Role

from .house import Gateway


async def test_requests_are_logged_with_caller_and_route_and_without_secrets(staffed: Gateway) -> None:
    headers = await staffed.token(Role.VIEWER)
    with capture_logs() as entries:
        async with staffed.http.get("/api/package-docker/click?secret=1", headers=headers) as response:
            url = (await response.json())["download_url"]
        async with staffed.http.get(url) as response:
            await response.read()
        async with staffed.http.get("/livez") as response:
            await response.read()
        async with staffed.http.get("/nowhere-secret") as response:
            await response.read()

    requests = [entry for entry in entries if entry["event"] == "request" and entry["log_level"] == "info"]
    assert [(entry["route"], entry["status"], entry["caller"]) for entry in requests] == [
        ("/api/package-docker/{slug}", 200, "viewer@example.org"),
        ("/downloads/{token}/{filename}", 200, None),
        (None, 404, None),
    ]
    assert requests[0]["slug"] == "click"
    text = str(entries)
    assert headers["Authorization"].removeprefix("Bearer ") not in text
    assert url.split("/downloads/")[1] not in text
    assert "secret" not in text


async def test_what_cannot_be_read_is_answered_and_logged_without_what_was_sent(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as entries:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.parts.settings.port)
        writer.write(b"GET /" + b"secret" * 2_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(20):
            answer = await reader.readuntil(b"\r\n")
            await reader.read(-1)
        writer.close()

    assert b" 400 " in answer
    (logged,) = [entry for entry in entries if entry["event"] == "request"]
    assert (logged["status"], logged.get("route")) == (400, None)
    assert "secret" not in str(entries)
    assert "secret" not in caplog.text
