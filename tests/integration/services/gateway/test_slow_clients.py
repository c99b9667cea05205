"""Clients that say too little cannot hold a connection for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from libs.common.parts import Parts
from services.gateway import listening, reading, uploads

from .house import Gateway, serve

SECONDS = 0.3


@pytest.fixture
async def impatient(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    """A gateway whose deadlines are over soon."""
    monkeypatch.setattr(listening, "IDLE_CONNECTION_SECONDS", SECONDS)
    monkeypatch.setattr(uploads, "IDLE_SECONDS", SECONDS)
    monkeypatch.setattr(reading, "BODY_SECONDS", SECONDS)
    async with serve(parts) as gateway:
        await gateway.register("click")
        yield gateway


async def answer_to(gateway: Gateway, sent: str) -> bytes:
    """What comes back, to the end of the head or of the connection."""
    port = gateway.parts.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.replace("HOST", f"127.0.0.1:{port}").encode())
    try:
        async with asyncio.timeout(20):
            return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    finally:
        writer.close()


@pytest.mark.parametrize("sent", ["", "GET /livez HT", "GET /livez HTTP/1.1\r\nHost: HOST\r\nX: "])
async def test_a_request_that_never_gets_whole(impatient: Gateway, sent: str) -> None:
    assert await answer_to(impatient, sent) == b""


@pytest.mark.parametrize(
    "sent",
    [
        (
            "POST /api/upload-experiment HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000\r\n"
            "Content-Type: multipart/form-data; boundary=limit\r\n\r\n--limit\r\n"
        ),
        (
            "POST /api/upload-experiment HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000\r\n"
            "Content-Type: multipart/form-data; boundary=limit\r\n\r\n--limit\r\n"
            "Content-Disposition: form-data; name=file; filename=x.zip\r\n\r\nPK\x03\x04"
        ),
        (
            "POST /api/experiments/click/rollback HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000\r\n"
            "Content-Type: application/json\r\n\r\n{"
        ),
    ],
)
async def test_a_body_that_never_gets_whole(impatient: Gateway, sent: str) -> None:
    assert (await answer_to(impatient, sent)).startswith(b"HTTP/1.1 408 ")
