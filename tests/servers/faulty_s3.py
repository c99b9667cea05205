"""An S3 that fails as real ones do: refusing, silent, slow, or gone in the middle of an upload.

A proxy before the suite's S3. It passes requests on as they are, so that their signatures hold.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum

import aiohttp
from aiohttp import hdrs, web

from tests.servers.s3 import S3Server

BODY = b"<Error><Code>%s</Code><Message>for a test</Message></Error>"
CHUNK = 64 * 1024
UNTOUCHED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
HOP = {hdrs.TRANSFER_ENCODING, hdrs.CONNECTION, hdrs.CONTENT_ENCODING, hdrs.CONTENT_LENGTH}


class Fault(Enum):
    """What becomes of a request that is hit."""

    INTERNAL_ERROR = 500
    SLOW_DOWN = 503
    SILENCE = "no answer at all"
    RESET = "the connection is gone after the first bytes of the body"


@dataclass
class FaultyS3:
    """`fail(fault, methods, times)` hits so many of the next requests of these methods; the others pass."""

    server: S3Server
    hits: int = 0
    delay: float = 0.0
    """Seconds that each piece of a body of 64 KiB takes."""
    _fault: Fault = Fault.SLOW_DOWN
    _methods: frozenset[str] = frozenset()
    _left: int = 0
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, fault: Fault, *methods: str, times: int = 1_000_000) -> None:
        self._fault, self._methods, self._left, self.hits = fault, frozenset(methods), times, 0

    def recover(self) -> None:
        self._left, self.delay = 0, 0.0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self._left > 0 and request.method in self._methods:
            self._left -= 1
            self.hits += 1
            return await self._hit(request, self._fault)
        return await self._pass_on(request)

    async def _hit(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault is Fault.SILENCE:
            await self._quiet.wait()
        if fault is Fault.RESET:
            await request.content.readany()
            assert request.transport is not None
            request.transport.abort()
        code = b"SlowDown" if fault is Fault.SLOW_DOWN else b"InternalError"
        status = fault.value if isinstance(fault.value, int) else 500
        return web.Response(status=status, body=BODY % code, content_type="application/xml")

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        has_body = request.body_exists
        async with (
            aiohttp.ClientSession(skip_auto_headers=UNTOUCHED, auto_decompress=False) as client,
            client.request(
                request.method,
                f"{self.server.b2_endpoint_url}{request.raw_path}",
                headers=request.headers,
                data=self._slowly(request) if has_body else None,
                allow_redirects=False,
            ) as answer,
        ):
            headers = {name: value for name, value in answer.headers.items() if name.title() not in HOP}
            if request.method == hdrs.METH_HEAD:
                headers[hdrs.CONTENT_LENGTH] = answer.headers.get(hdrs.CONTENT_LENGTH, "0")
            return web.Response(status=answer.status, headers=headers, body=await answer.read())

    async def _slowly(self, request: web.Request) -> AsyncIterator[bytes]:
        async for chunk in request.content.iter_chunked(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            yield chunk


@contextmanager
def faulty_s3(server: S3Server) -> Iterator[tuple[FaultyS3, S3Server]]:
    """The proxy, and the address of its own by which services are to call it. On a thread of its own."""
    ports: list[int] = []
    started, loop = threading.Event(), asyncio.new_event_loop()
    faulty = FaultyS3(server)
    stop = asyncio.Event()

    async def serve() -> None:
        application = web.Application(client_max_size=2**30)
        application.router.add_route("*", "/{path:.*}", faulty.handle)
        runner = web.AppRunner(application, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        started.set()
        await stop.wait()
        await runner.cleanup()
        held = asyncio.all_tasks() - {asyncio.current_task()}
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="faulty S3")
    thread.start()
    started.wait(timeout=10)
    try:
        yield faulty, replace(server, b2_endpoint_url=f"http://127.0.0.1:{ports[0]}")
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
        loop.close()
