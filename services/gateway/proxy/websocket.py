"""A WebSocket through the gateway: two connections, each message and the closing code passed on (RFC 6455)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import ClientWebSocketResponse, WebSocketError, WSCloseCode, WSMsgType, hdrs, web
from multidict import CIMultiDict

from libs.common.errors import BadRequest
from services.gateway.proxy.http import target_of

MESSAGE_BYTES: Final = 16 * 2**20
"""As uvicorn takes from its clients; a longer message ends the connection with 1009."""
CLOSE_SECONDS: Final = 3.0
"""How long the other side may take to confirm the end."""
UNSENDABLE: Final = frozenset({1005, 1006, 1015})
"""Codes that stand for what happened and are never sent (§7.4.1)."""

WebSocket = web.WebSocketResponse | ClientWebSocketResponse


@dataclass(frozen=True)
class Closing:
    """How one side ended."""

    code: int
    reason: bytes = b""


GONE_CLIENT: Final = Closing(WSCloseCode.GOING_AWAY)
GONE_HOST: Final = Closing(WSCloseCode.SERVICE_RESTART)


def is_websocket(request: web.Request) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


def accept(request: web.Request, *, protocol: str | None = None) -> web.WebSocketResponse:
    """The client's side, not answered yet. Raises: BadRequest for a malformed handshake."""
    socket = web.WebSocketResponse(
        protocols=[protocol] if protocol else [],
        timeout=CLOSE_SECONDS,
        autoping=False,
        autoclose=False,
        compress=False,
        max_msg_size=MESSAGE_BYTES,
    )
    if not socket.can_prepare(request):
        raise BadRequest("This is no WebSocket handshake (RFC 6455 §4.2.1).")
    return socket


async def connect(
    client: aiohttp.ClientSession, request: web.Request, address: str, headers: CIMultiDict[str]
) -> ClientWebSocketResponse:
    """The host's side. Raises: aiohttp.WSServerHandshakeError where the experiment refuses; aiohttp.ClientError."""
    offered = ",".join(request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, []))
    return await client.ws_connect(
        target_of(request, address),
        headers=headers,
        protocols=[name.strip() for name in offered.split(",") if name.strip()],
        timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
        autoping=False,
        autoclose=False,
        max_msg_size=MESSAGE_BYTES,
    )


async def tunnel(client: web.WebSocketResponse, host: ClientWebSocketResponse) -> None:
    """Pass messages both ways until one side ends; the other then ends in the same way."""
    from_client = asyncio.create_task(_pump(client, host))
    from_host = asyncio.create_task(_pump(host, client))
    try:
        done, _ = await asyncio.wait({from_client, from_host}, return_when=asyncio.FIRST_COMPLETED)
        closing = done.pop().result()
    finally:
        for pump in (from_client, from_host):
            pump.cancel()
        await asyncio.gather(from_client, from_host, return_exceptions=True)
    await asyncio.gather(
        client.close(code=closing.code, message=closing.reason),
        host.close(code=closing.code, message=closing.reason),
    )


async def _pump(source: WebSocket, sink: WebSocket) -> Closing:
    """Pass messages on; returns how it ended."""
    try:
        while True:
            message = await source.receive()
            match message.type:
                case WSMsgType.TEXT:
                    await sink.send_str(message.data)
                case WSMsgType.BINARY:
                    await sink.send_bytes(message.data)
                case WSMsgType.PING:
                    await sink.ping(message.data)
                case WSMsgType.PONG:
                    await sink.pong(message.data)
                case WSMsgType.CLOSE:
                    return _as_sent(message.data, message.extra or "")
                case WSMsgType.ERROR if isinstance(message.data, WebSocketError):
                    return Closing(message.data.code)
                case _:
                    return _vanished(source)
    except ConnectionError:
        return _vanished(sink)


def _vanished(socket: WebSocket) -> Closing:
    """How the other side is told of one that ended without a word."""
    return GONE_HOST if isinstance(socket, ClientWebSocketResponse) else GONE_CLIENT


def _as_sent(code: int, reason: str) -> Closing:
    """A close frame without a code reads as 0 or 1005, and is passed on as an ordinary end."""
    return Closing(WSCloseCode.OK if code in UNSENDABLE | {0} else code, reason.encode())
