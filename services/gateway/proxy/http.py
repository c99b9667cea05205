"""One HTTP exchange with a host, its bodies streamed both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from services.gateway.headers import FOREIGN
from services.gateway.proxy.headers import answer_headers

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""RFC 9110 §9.2.2."""


def may_be_repeated(request: web.Request) -> bool:
    """Whether sending it twice does no more than sending it once, and it can be sent twice at all."""
    return request.method in IDEMPOTENT and not request.body_exists


def target_of(request: web.Request, address: str) -> URL:
    """The same path and query at a host, byte for byte."""
    return URL(address + request.rel_url.raw_path_qs, encoded=True)


async def send(
    client: aiohttp.ClientSession, request: web.Request, address: str, headers: CIMultiDict[str]
) -> aiohttp.ClientResponse:
    """Send a request on; returns when the answer's head is there. Raises: aiohttp.ClientError."""
    body = _chunks(request) if request.body_exists else None
    return await client.request(
        request.method, target_of(request, address), headers=headers, data=body, allow_redirects=False
    )


async def relay(request: web.Request, received: aiohttp.ClientResponse) -> web.StreamResponse:
    """Send an answer on. Raises: ConnectionResetError where the host breaks off, so that the client notices."""
    status, reason, headers = received.status, received.reason, answer_headers(received.headers)
    if received.content.is_eof():  # it came as a whole, as small answers do, and goes on as a whole
        whole = web.Response(status=status, reason=reason, headers=headers, body=await received.read())
        whole[FOREIGN] = True
        return whole
    answer = web.StreamResponse(status=status, reason=reason, headers=headers)
    answer[FOREIGN] = True
    await answer.prepare(request)
    try:
        async for chunk in received.content.iter_any():
            await answer.write(chunk)
    except aiohttp.ClientError as error:
        raise ConnectionResetError("the host broke off its answer") from error
    await answer.write_eof()
    return answer


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_any():
        yield chunk
