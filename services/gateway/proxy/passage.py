"""A request's way to its experiment and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from weakref import WeakSet

import aiohttp
import structlog
from aiohttp import WSCloseCode, web
from multidict import CIMultiDict
from yarl import URL

from libs.common.hosting import Hostings
from libs.common.parts import Parts
from libs.common.registry import Registry
from services.gateway.accepts import wants_page
from services.gateway.continuing import ask_for_body
from services.gateway.headers import FOREIGN
from services.gateway.proxy import http, websocket
from services.gateway.proxy.client import open_client
from services.gateway.proxy.departure import while_connected
from services.gateway.proxy.errors import ExperimentTooSlow, ExperimentUnreachable
from services.gateway.proxy.headers import answer_headers, request_headers
from services.gateway.proxy.hold import Host, Hosts
from services.gateway.proxy.resolve import Experiments
from services.gateway.proxy.visitor import Visitor

BODY_HEADERS: Final = ("Content-Length", "Content-Type")

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Passage:
    """Takes requests through; whether they may is settled before."""

    def __init__(
        self, client: aiohttp.ClientSession, experiments: Experiments, hosts: Hosts, *, public: URL | None
    ) -> None:
        self.experiments = experiments
        self._public = public
        self._client = client
        self._hosts = hosts
        self._sockets: WeakSet[web.WebSocketResponse] = WeakSet()

    async def take(self, request: web.Request, slug: str, visitor: Visitor) -> web.StreamResponse:
        """The experiment's answer.

        Raises: ExperimentNotFound, NotServing, ExperimentUnreachable, ExperimentTooSlow, BadRequest;
        ConnectionResetError where it breaks off in the middle.
        """
        if websocket.is_websocket(request):
            return await self._tunnel(request, slug, visitor)
        async with while_connected(request):
            return await self._exchange(request, slug, visitor)

    async def close_sockets(self) -> None:
        """End every WebSocket, whose clients will find another gateway or this one again."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _exchange(self, request: web.Request, slug: str, visitor: Visitor) -> web.StreamResponse:
        async def send(host: Host) -> aiohttp.ClientResponse:
            await ask_for_body(request)
            return await http.send(self._client, request, host.address, self._headers(request, visitor, host))

        received = await self._reach(request, slug, send)
        async with received:
            return await http.relay(request, received)

    async def _tunnel(self, request: web.Request, slug: str, visitor: Visitor) -> web.StreamResponse:
        websocket.accept(request)  # refuse what is malformed before anybody else hears of it

        async def connect(host: Host) -> aiohttp.ClientWebSocketResponse:
            headers = self._headers(request, visitor, host)
            return await websocket.connect(self._client, request, host.address, headers)

        try:
            host = await self._reach(request, slug, connect)
        except aiohttp.WSServerHandshakeError as refusal:
            return _refused(refusal)
        async with host:
            client = websocket.accept(request, protocol=host.protocol)
            await client.prepare(request)
            self._sockets.add(client)
            await websocket.tunnel(client, host)
        return client

    def _headers(self, request: web.Request, visitor: Visitor, host: Host) -> CIMultiDict[str]:
        return request_headers(request, visitor, host, public=self._public)

    async def _reach(self, request: web.Request, slug: str, connect: Callable[[Host], Awaitable[T]]) -> T:
        """Connect to the host; where that fails, once more to where it is by then, if nothing is done twice."""
        patient = not wants_page(request)
        host = await self._hosts.reach(slug, patient=patient)
        try:
            return await _told(slug, connect(host))
        except ExperimentUnreachable as error:
            never_sent = isinstance(error.__cause__, aiohttp.ClientConnectorError)
            if not never_sent and not http.may_be_repeated(request):
                raise
        host = await self._hosts.reach(slug, patient=patient, fresh=True)
        return await _told(slug, connect(host))


@asynccontextmanager
async def open_passage(parts: Parts) -> AsyncIterator[Passage]:
    """With connections of this gateway's own, closed at the end."""
    hostings = Hostings(parts.database)
    experiments = Experiments(Registry(parts.database), hostings)
    async with open_client() as client:
        public_url = parts.settings.experiments_origin or parts.settings.public_url
        public = URL(public_url) if public_url else None
        yield Passage(client, experiments, Hosts(experiments, hostings), public=public)


def _refused(refusal: aiohttp.WSServerHandshakeError) -> web.StreamResponse:
    """The experiment's own no to a handshake; aiohttp keeps its head only."""
    headers = answer_headers(refusal.headers) if refusal.headers else None
    answer = web.Response(status=refusal.status, headers=headers)
    for name in BODY_HEADERS:
        answer.headers.pop(name, None)
    answer[FOREIGN] = True
    return answer


async def _told(slug: str, connecting: Awaitable[T]) -> T:
    """The same, with the client's errors as ours. Raises: ExperimentUnreachable, ExperimentTooSlow."""
    try:
        return await connecting
    except aiohttp.SocketTimeoutError as error:
        raise ExperimentTooSlow(f"{slug!r} did not answer in time.") from error
    except aiohttp.ClientConnectionError as error:
        log.warning("an experiment broke off", slug=slug, reason=type(error).__name__)
        raise ExperimentUnreachable(f"{slug!r} broke off before it answered.") from error
