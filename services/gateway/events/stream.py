"""Server-sent events (HTML Living Standard §9.2): an answer that goes on until somebody has enough."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import orjson
import structlog
from aiohttp import hdrs, web
from pymongo.errors import PyMongoError

from services.gateway.events.entry import Entry
from services.gateway.events.feed import Feed, Reader
from services.gateway.proxy.departure import while_connected

MEDIA_TYPE: Final = "text/event-stream"
SEND_SECONDS: Final = 10.0
"""Who does not take what is sent within so long is cut off, and may come again with its `Last-Event-ID`."""
AT_ONCE: Final = 32 * 1024
"""What a connection with nothing left to send takes without being waited for: below asyncio's 64 KiB, from where on it
would pause us, so that needs no timer.
"""
STREAM_SECONDS: Final = 3600.0
"""A stream ends then, so that its next one is authenticated anew."""
RETRY_MS: Final = 2_000
HEADERS: Final = {hdrs.CONTENT_TYPE: MEDIA_TYPE, "X-Accel-Buffering": "no"}
"""The second one asks a proxy in front not to collect events."""

log = structlog.get_logger(__name__)


async def stream(
    request: web.Request, feed: Feed, reader: Reader, *, missed: int | None
) -> web.StreamResponse:
    """Send what the reader wants; `missed` is the first number still kept, where it asked for older ones."""
    response = web.StreamResponse(headers=HEADERS)
    try:
        async with while_connected(request):
            await response.prepare(request)
            await _send(request, response, _opening(missed))
            await _catch_up(request, response, feed, reader)
            await _relay(request, response, feed, reader)
    except ConnectionError as error:  # the usual end: readers go without a word
        log.debug("a reader of events has gone", reason=str(error))
    except PyMongoError as error:
        log.warning("a stream of events ends early", reason=type(error).__name__)
    return response


async def _catch_up(request: web.Request, response: web.StreamResponse, feed: Feed, reader: Reader) -> None:
    """What is there already, and then where the stream is: who is cut off before the next event knows that, too."""
    end = feed.head
    while reader.position < end and not feed.closed:
        if entries := await feed.advance(reader):
            await _send(request, response, _frames(entries))
    await _send(request, response, _ping(reader.position))


async def _relay(request: web.Request, response: web.StreamResponse, feed: Feed, reader: Reader) -> None:
    now = asyncio.get_running_loop().time
    ends_at = now() + STREAM_SECONDS
    while not feed.closed and now() < ends_at:
        entries = await feed.read(reader)
        await _send(request, response, _frames(entries) if entries else _ping(reader.position))


async def _send(request: web.Request, response: web.StreamResponse, content: bytes) -> None:
    """Raises: ConnectionResetError, for a reader that is too slow, too."""
    if len(content) <= AT_ONCE and _keeps_up(request):
        await response.write(content)
        return
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await response.write(content)
    except TimeoutError as error:
        if request.transport is not None:
            request.transport.abort()  # closing would wait for it to take what is left
        raise ConnectionResetError("A reader of events is too slow.") from error


def _keeps_up(request: web.Request) -> bool:
    """Whether it has taken all that was sent so far."""
    return request.transport is not None and request.transport.get_write_buffer_size() == 0


def _opening(missed: int | None) -> bytes:
    hello = b"retry: %d\n\n" % RETRY_MS
    if missed is None:
        return hello
    return hello + b"event: gap\ndata: %b\n\n" % orjson.dumps({"oldest": missed})


def _frames(entries: Sequence[Entry]) -> bytes:
    """JSON has no line breaks of its own, so each event is one line of data."""
    return b"".join(b"id: %d\ndata: %b\n\n" % (entry.number, entry.body) for entry in entries)


def _ping(position: int) -> bytes:
    """Without data nothing is dispatched, but the client knows how far it is."""
    return b": ping\nid: %d\n\n" % position
