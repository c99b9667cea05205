"""WebSockets through the gateway: messages of each kind, sub-protocols, closing codes, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from libs.common.hosting import sign_user
from libs.common.jobs.model import Role
from tests.integration.services.gateway.house import Gateway, serve, until
from tests.servers.binaries import free_port

from .host import FakeHost, record, serving

CHAT = "/experiments/click/chat"


@asynccontextmanager
async def chat(
    gateway: Gateway, path: str = CHAT, **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Past the greeting."""
    async with gateway.http.ws_connect(path, **options) as socket:
        await socket.receive_json()
        yield socket


async def test_messages_of_each_kind_go_both_ways(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway, autoping=False) as socket:
        await socket.send_str("hëllo")
        assert await socket.receive_str() == "HËLLO"
        await socket.send_bytes(b"abc" * 400_000)
        assert await socket.receive_bytes() == b"cba" * 400_000
        await socket.ping(b"still there?")
        pong = await socket.receive()
        assert (pong.type, pong.data) == (WSMsgType.PONG, b"still there?")


async def test_the_host_learns_who_speaks(gateway: Gateway, host: FakeHost) -> None:
    headers = await gateway.token(Role.VIEWER) | {"X-Entrepot-User": "forged"}
    async with gateway.http.ws_connect(CHAT, headers=headers) as socket:
        greeting = await socket.receive_json()
    user = {"user_id": "viewer@example.org", "email": "viewer@example.org", "role": "viewer"}
    assert greeting["user"] == sign_user(user, host.token)


async def test_the_experiment_chooses_the_subprotocol(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway, protocols=("chat.v1", "chat.v2")) as socket:
        assert socket.protocol == "chat.v2"
    async with chat(gateway) as socket:
        assert socket.protocol is None


async def test_the_experiments_goodbye_arrives(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway, autoclose=False) as socket:
        await socket.send_str("leave")
        closed = await socket.receive()
        assert (closed.type, closed.data, closed.extra) == (WSMsgType.CLOSE, 4321, "as you wish")


async def test_the_clients_goodbye_arrives(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway) as socket:
        await socket.close(code=4004, message=b"bye")
    await until(lambda: closed_with(host, 4004))


async def closed_with(host: FakeHost, code: int) -> bool:
    return code in host.closing


async def test_a_client_that_vanishes_is_told_on(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway) as socket:
        connection = socket.get_extra_info("socket")
        assert connection is not None
        transport = socket._response.connection.transport  # type: ignore[union-attr]  # aiohttp offers no other way
        assert transport is not None
        transport.abort()
        await until(lambda: closed_with(host, 1001))


async def test_a_host_that_vanishes_counts_as_restarting(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway) as socket:
        await socket.send_str("vanish")
        await socket.receive()
        assert socket.close_code == 1012


async def test_too_long_a_message_ends_it(gateway: Gateway, host: FakeHost) -> None:
    async with chat(gateway) as socket:
        with suppress(ConnectionError):  # it is cut off while it still speaks
            await socket.send_bytes(bytes(17 * 2**20))
    await until(lambda: closed_with(host, 1009))


async def test_a_refusal_stays_a_refusal(gateway: Gateway, host: FakeHost) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await gateway.http.ws_connect("/experiments/click/no-chat")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("path", "status"), [("/experiments/nobody/chat", 404), ("/experiments/old/chat", 404)]
)
async def test_nothing_is_opened_where_nothing_is(gateway: Gateway, path: str, status: int) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await gateway.http.ws_connect(path)
    assert refused.value.status == status


async def test_a_malformed_handshake_reaches_nobody(gateway: Gateway, host: FakeHost) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    async with gateway.http.get(CHAT, headers=headers) as answer:
        assert answer.status == 400
    assert not host.requests


async def test_another_sites_page_is_a_guest(gateway: Gateway, host: FakeHost) -> None:
    """The operator's browser sends cookies and loopback addresses along for any page that it has open."""
    await gateway.register("private", auth_required=True)
    await record(gateway.parts.database, "private", host)
    async with chat(gateway, "/experiments/private/chat"):
        pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await gateway.http.ws_connect("/experiments/private/chat", origin="http://evil.example")
    assert refused.value.status == 401


async def test_a_gateway_that_ends_says_goodbye(gateway: Gateway, host: FakeHost) -> None:
    """The test's own gateway ends while a WebSocket is open, well before its drain is over."""
    parts = replace(gateway.parts, settings=gateway.parts.settings.model_copy(update={"port": free_port()}))
    async with aiohttp.ClientSession() as http:
        async with serve(parts) as other:
            socket = await http.ws_connect(f"http://127.0.0.1:{parts.settings.port}{CHAT}")
            await socket.receive_json()
            leaving = asyncio.create_task(socket.receive())
            assert other.base_url
        await leaving
        assert socket.close_code == 1001


async def test_a_switch_ends_open_sockets_and_new_ones_meet_the_new(gateway: Gateway) -> None:
    async with serving(FakeHost("new")) as new, serving(FakeHost("old")) as old:
        await record(gateway.parts.database, "click", old)
        async with gateway.http.ws_connect(CHAT) as socket:
            assert (await socket.receive_json())["host"] == "old"
            await record(gateway.parts.database, "click", new)

            async def moved() -> bool:
                async with gateway.http.ws_connect(CHAT) as another:
                    return bool((await another.receive_json())["host"] == "new")

            await until(moved, seconds=1)
            await socket.send_str("still here")
            assert await socket.receive_str() == "STILL HERE"
