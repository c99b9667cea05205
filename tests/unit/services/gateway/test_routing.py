"""Routes are closed by default."""

from __future__ import annotations

import inspect

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.gateway.admission import admission
from services.gateway.auth.access import VIEWER
from services.gateway.problems import problems
from services.gateway.routing import Endpoint, Handler, endpoint_of, install


async def handler(_: web.Request) -> web.StreamResponse:
    return web.Response()


def test_a_route_without_a_declared_role_cannot_be_written() -> None:
    parameter = inspect.signature(Endpoint).parameters["access"]

    assert parameter.default is inspect.Parameter.empty


@pytest.mark.parametrize("path", ["/a/{b}", "/a/{b}/"])
async def test_both_forms_of_an_address_lead_to_its_endpoint(path: str) -> None:
    application, endpoint = web.Application(), Endpoint("GET", path, handler, VIEWER)
    seen = []

    @web.middleware
    async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen.append((endpoint_of(request), request.match_info.get("b")))
        return await handler(request)

    application.middlewares.append(look)
    install(application, [endpoint])
    async with TestClient(TestServer(application)) as client:
        for address in ("/a/x", "/a/x/", "/b"):
            await client.get(address)

    assert seen == [(endpoint, "x"), (endpoint, "x"), (None, None)]


async def test_what_was_added_by_another_way_lets_nobody_in() -> None:
    application = web.Application(middlewares=[problems, admission])
    install(application, [])
    application.router.add_get("/backdoor", handler)

    async with TestClient(TestServer(application)) as client:
        assert (await client.get("/backdoor")).status == 403
        assert (await client.get("/nowhere")).status == 404
