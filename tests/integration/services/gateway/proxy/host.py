"""A host of a few lines that keeps what docs/hosting.md says, and experiments whose routes show what reached them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_HOSTING
from libs.common.hosting import TOKEN_HEADER, HostingState
from tests.servers.binaries import free_port

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeHost:
    """Serves `/experiments/{anything}` on a port of its own."""

    name: str
    port: int = field(default_factory=free_port)
    token: str = "secret-of-the-host"
    requests: list[str] = field(default_factory=list)
    closing: list[int | None] = field(default_factory=list)
    """Close codes that its WebSockets ended with."""
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    """The one who asked for `/endless` has gone."""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets `/events` say its second word."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get(TOKEN_HEADER) != self.token:
            return web.Response(status=403)
        self.requests.append(f"{request.method} {request.raw_path}")
        routes: dict[str, Handler] = {
            "echo": self._echo,
            "download": self._download,
            "endless": self._endless,
            "events": self._events,
            "break": self._break,
            "slam": self._slam,
            "file": self._file,
            "brief": self._brief,
            "chat": self._chat,
            "no-chat": self._no_chat,
        }
        last = request.path.rstrip("/").rpartition("/")[2]
        return await routes.get(last, self._show)(request)

    async def _show(self, request: web.Request) -> web.Response:
        """What arrived."""
        digest, size = hashlib.sha256(), 0
        async for chunk in request.content.iter_any():
            digest.update(chunk)
            size += len(chunk)
        headers: dict[str, list[str]] = {}
        for name, value in request.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        shown: dict[str, Any] = {
            "host": self.name,
            "method": request.method,
            "path": request.raw_path,
            "headers": headers,
            "size": size,
            "sha256": digest.hexdigest(),
        }
        answer = web.json_response(shown)
        answer.headers["X-Of-Experiment"] = "yes"
        answer.headers["Keep-Alive"] = "timeout=7"
        answer.set_cookie("visitor", "a1", path="/experiments/click")
        answer.set_cookie("entrepot_session", "stolen")
        return answer

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/x-echo"})
        await answer.prepare(request)
        async for chunk in request.content.iter_any():
            await answer.write(chunk)
        return answer

    async def _download(self, request: web.Request) -> web.StreamResponse:
        size = int(request.query["size"])
        answer = web.StreamResponse(headers={"Content-Length": str(size)})
        await answer.prepare(request)
        block = bytes(64 * 1024)
        for _ in range(size // len(block)):
            await answer.write(block)
        return answer

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        try:
            await asyncio.Event().wait()
        finally:
            self.abandoned.set()
        raise AssertionError

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b"data: one\n\n")
        await self.go.wait()
        await answer.write(b"data: two\n\n")
        return answer

    async def _break(self, request: web.Request) -> web.StreamResponse:
        """Half of what was announced."""
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(bytes(50))
        assert request.transport is not None
        request.transport.abort()
        return answer

    async def _slam(self, request: web.Request) -> web.StreamResponse:
        """Nothing at all, as a process that ends."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        content = bytes(range(100))
        part = request.http_range
        if part.start is None:
            return web.Response(body=content, headers={"Accept-Ranges": "bytes"})
        return web.Response(body=content[part], status=206, headers={"Content-Range": "bytes 10-19/100"})

    async def _brief(self, request: web.Request) -> web.StreamResponse:
        """Of the asked status, with the asked text in chunks."""
        status, text = int(request.query["status"]), request.query["text"]
        if not text:
            return web.Response(status=status)
        answer = web.StreamResponse(status=status, reason="As Asked", headers={"Content-Type": "text/brief"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        if request.method != "HEAD":
            await answer.write(text.encode())
        return answer

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["chat.v2"], autoping=False)
        await socket.prepare(request)
        await socket.send_json({"user": request.headers.get("X-Entrepot-User"), "host": self.name})
        async for message in socket:
            match message.type:
                case WSMsgType.TEXT if message.data == "leave":
                    await socket.close(code=4321, message=b"as you wish")
                case WSMsgType.TEXT if message.data == "vanish":
                    assert request.transport is not None
                    request.transport.abort()
                case WSMsgType.TEXT:
                    await socket.send_str(message.data.upper())
                case WSMsgType.BINARY:
                    await socket.send_bytes(message.data[::-1])
                case WSMsgType.PING:
                    await socket.pong(message.data)
        self.closing.append(socket.close_code)
        return socket

    async def _no_chat(self, _: web.Request) -> web.StreamResponse:
        return web.Response(status=403, text="members only")


@asynccontextmanager
async def serving(host: FakeHost) -> AsyncIterator[FakeHost]:
    app = web.Application(client_max_size=2**40)
    app.router.add_route("*", "/{path:.*}", host.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", host.port).start()
        yield host
    finally:
        await runner.cleanup()


async def record(database: Database, slug: str, host: FakeHost | None = None, **fields: Any) -> None:
    """What the supervisor writes."""
    address = {"address": host.address, "token": host.token} if host else {"address": None, "token": None}
    document = {"state": HostingState.RUNNING, "since": datetime.now(UTC), "term": 1} | address | fields
    await database[EXPERIMENT_HOSTING].replace_one({"_id": slug}, document, upsert=True)
