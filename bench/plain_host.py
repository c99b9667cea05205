"""A server of a few lines that answers as a hosted experiment would: the far end of what the proxy adds.

Run as `python -m bench.plain_host PORT`; a process of its own, so that it takes no time from who measures.
"""

from __future__ import annotations

import sys
from typing import Final

import uvloop
from aiohttp import web

from libs.common.service import READY

PAGE: Final = b"<!doctype html><title>Click</title>" + b"<p>A page of an experiment.</p>" * 60
"""2 KB, as a small page is."""
BLOCK: Final = bytes(2**18)


async def show(_: web.Request) -> web.Response:
    return web.Response(body=PAGE, content_type="text/html")


async def download(request: web.Request) -> web.StreamResponse:
    size = int(request.query["size"])
    answer = web.StreamResponse(headers={"Content-Length": str(size)})
    await answer.prepare(request)
    for _ in range(size // len(BLOCK)):
        await answer.write(BLOCK)
    return answer


async def upload(request: web.Request) -> web.Response:
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.json_response({"size": size})


async def _say_ready(_: web.Application) -> None:
    print(READY, flush=True)


def main(port: int) -> None:
    application = web.Application(client_max_size=2**40)
    application.add_routes(
        [
            web.get("/experiments/{slug}/", show),
            web.get("/experiments/{slug}/download", download),
            web.post("/experiments/{slug}/upload", upload),
        ]
    )
    serve(application, port)


def serve(application: web.Application, port: int) -> None:
    """Until it is told to end; says when it is ready, as the services do."""
    application.on_startup.append(_say_ready)
    loop = uvloop.new_event_loop()
    web.run_app(application, host="127.0.0.1", port=port, print=None, access_log=None, loop=loop)


if __name__ == "__main__":
    main(int(sys.argv[1]))
