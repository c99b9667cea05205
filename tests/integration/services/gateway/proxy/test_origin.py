"""Experiments at an origin of their own: found by way of the gateway's, and strangers to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from libs.common.database.client import Database
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.tokens import TokenStore
from services.gateway.auth.session import SESSION_COOKIE, VISIT_COOKIE, Purpose, SessionEnded, Sessions
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, open_house, serve
from tests.servers.binaries import free_port

from .host import FakeHost, record, serving

GUEST = {"Origin": "http://elsewhere.example"}


@pytest.fixture
async def gateway(make_settings: MakeSettings, limits: Limits, database: Database) -> AsyncIterator[Gateway]:
    origin = f"http://127.0.0.1:{free_port()}"
    settings = make_settings(port=free_port(), experiments_origin=origin)
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway:
        await gateway.register("click", name="Click counter")
        await gateway.register("board", auth_required=True)
        yield gateway


@pytest.fixture
async def own(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the experiments' origin, which keeps no cookies."""
    async with aiohttp.ClientSession(origin_of(gateway), cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def origin_of(gateway: Gateway) -> str:
    return gateway.parts.settings.experiments_origin or ""


async def test_the_gateways_own_origin_leads_there(gateway: Gateway, host: FakeHost) -> None:
    origin = origin_of(gateway)
    for path in ("/experiments/click/a%20b?x=%C3%BC", "/experiments/click"):
        async with gateway.http.post(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (307, f"{origin}{path}")
    assert not host.requests


async def test_experiments_are_there_and_nothing_else(
    gateway: Gateway, own: aiohttp.ClientSession, host: FakeHost
) -> None:
    async with own.get("/experiments/click/") as answer:
        headers = (await answer.json())["headers"]
    assert headers["x-forwarded-host"] == [origin_of(gateway).removeprefix("http://")]
    for path in ("/api/experiments", "/api/jobs", "/", "/sign-in", "/docs"):
        async with own.get(path) as answer:
            assert answer.status == 404


async def test_a_session_of_the_platform_means_nothing_there(
    gateway: Gateway, own: aiohttp.ClientSession
) -> None:
    """Browsers send cookies to all ports of a host, so it may come all the same."""
    tokens = TokenStore(gateway.parts.database)
    issued = await tokens.create(email="ana@example.org", role=Role.ADMIN, name="test")
    opened = await Sessions(gateway.parts.database, tokens).open(issued.secret)
    async with serving(FakeHost("board")) as host:
        await record(gateway.parts.database, "board", host)
        platform = {**GUEST, "Cookie": f"{SESSION_COOKIE}={opened.cookie}; theirs=1"}
        async with own.get("/experiments/board/", headers=platform) as answer:
            assert answer.status == 401
        bearer = {**platform, "Authorization": f"Bearer {issued.secret}"}
        async with own.get("/experiments/board/", headers=bearer) as answer:
            headers = (await answer.json())["headers"]
    assert headers["cookie"] == ["theirs=1"]


async def test_who_is_signed_in_arrives_as_the_same_person(
    gateway: Gateway, own: aiohttp.ClientSession
) -> None:
    """The browser carries a ticket across; sign-out at the platform ends the visit, too."""
    sessions, cookie = await signed_in(gateway)
    async with serving(FakeHost("board")) as host:
        await record(gateway.parts.database, "board", host)
        arrival = await ticket_address(gateway, "/experiments/board/?page=2", cookie)
        async with own.get(arrival, headers=GUEST, allow_redirects=False) as answer:
            visit = answer.cookies[VISIT_COOKIE]
            assert (answer.status, answer.headers["Location"]) == (303, "/experiments/board/?page=2")
        assert (visit["path"], visit["httponly"], visit["samesite"]) == ("/experiments/", True, "Lax")
        visiting = {**GUEST, "Cookie": f"{VISIT_COOKIE}={visit.value}; theirs=1"}
        async with own.get("/experiments/board/", headers=visiting) as answer:
            headers = (await answer.json())["headers"]
        assert headers["cookie"] == ["theirs=1"]
        assert "x-entrepot-user" in headers

        await sessions.close(cookie)
        visits = Sessions(gateway.parts.database, TokenStore(gateway.parts.database))
        with pytest.raises(SessionEnded):
            await visits.find(visit.value, Purpose.EXPERIMENTS)


async def test_a_ticket_is_good_once_and_a_visit_nowhere_else(
    gateway: Gateway, own: aiohttp.ClientSession
) -> None:
    _, cookie = await signed_in(gateway)
    arrival = await ticket_address(gateway, "/experiments/board/", cookie)
    async with own.get(arrival, allow_redirects=False) as answer:
        visit = answer.cookies[VISIT_COOKIE].value
    async with own.get(arrival, allow_redirects=False) as answer:
        assert (answer.status, answer.cookies) == (303, {})
    for name in (SESSION_COOKIE, VISIT_COOKIE):
        stolen = {**GUEST, "Cookie": f"{name}={visit}"}
        async with gateway.http.get("/api/experiments", headers=stolen) as answer:
            assert answer.status == 401


@pytest.mark.parametrize("next_", ["https://elsewhere.example/", "//elsewhere.example", "/api/jobs", ""])
async def test_an_arrival_leads_to_experiments_only(own: aiohttp.ClientSession, next_: str) -> None:
    async with own.get("/arrive", params={"next": next_}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/experiments/")


async def signed_in(gateway: Gateway) -> tuple[Sessions, str]:
    tokens = TokenStore(gateway.parts.database)
    issued = await tokens.create(email="ana@example.org", role=Role.ADMIN, name="test")
    sessions = Sessions(gateway.parts.database, tokens)
    return sessions, (await sessions.open(issued.secret)).cookie


async def ticket_address(gateway: Gateway, path: str, cookie: str) -> URL:
    """Where a page's link at the platform leads whoever is signed in."""
    headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={cookie}"}
    async with gateway.http.get(path, headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Referrer-Policy"]) == (303, "no-referrer")
        return URL(answer.headers["Location"])


async def test_loopback_trust_holds_there_for_its_own_pages_only(
    gateway: Gateway, own: aiohttp.ClientSession
) -> None:
    async with serving(FakeHost("board")) as host:
        await record(gateway.parts.database, "board", host)
        async with own.get("/experiments/board/") as answer:
            assert answer.status == 200
        async with own.get("/experiments/board/", headers={"Origin": gateway.base_url}) as answer:
            assert answer.status == 401
    from_there = {"Origin": origin_of(gateway)}
    async with gateway.http.post("/api/experiments/click/stop", headers=from_there) as answer:
        assert answer.status == 401
