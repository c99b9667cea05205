"""A proxy of aiohttp that asks nobody and notes nothing: the least that passing on can take.

Run as `python -m bench.plain_proxy PORT HOST_PORT`; a process of its own, as the gateway is.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp import hdrs, web

from bench.plain_host import serve

CLIENT: Final = web.AppKey("client", aiohttp.ClientSession)


async def pass_on(request: web.Request) -> web.StreamResponse:
    body = request.content if request.body_exists else None
    sending = request.app[CLIENT].request(
        request.method, request.rel_url, headers=request.headers, data=body, allow_redirects=False
    )
    async with sending as received:
        headers = received.headers.copy()
        headers.popall(hdrs.TRANSFER_ENCODING, None)
        answer = web.StreamResponse(status=received.status, headers=headers)
        await answer.prepare(request)
        async for chunk in received.content.iter_any():
            await answer.write(chunk)
        await answer.write_eof()
        return answer


def main(port: int, host_port: int) -> None:
    async def connected(application: web.Application) -> AsyncIterator[None]:
        application[CLIENT] = aiohttp.ClientSession(
            f"http://127.0.0.1:{host_port}",
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        async with application[CLIENT]:
            yield

    application = web.Application(client_max_size=2**40)
    application.router.add_route("*", "/{rest:.*}", pass_on)
    application.cleanup_ctx.append(connected)
    serve(application, port)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
