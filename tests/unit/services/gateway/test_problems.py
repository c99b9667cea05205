"""What each kind of error becomes."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure, ServerSelectionTimeoutError

from libs.common.bus import BusUnavailable
from libs.common.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from services.gateway.problems import MEDIA_TYPE, problems


async def answered(error: Exception) -> tuple[web.Response | Any, dict[str, Any]]:
    async def handler(_: web.Request) -> web.StreamResponse:
        raise error

    application = web.Application(middlewares=[problems])
    application.router.add_get("/", handler)
    async with TestClient(TestServer(application)) as client:
        response = await client.get("/")
        return response, await response.json(content_type=MEDIA_TYPE)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("no"), 404, "not-found"),
        (Conflict("no"), 409, "conflict"),
        (BusUnavailable("away"), 503, "bus-unavailable"),
        (AutoReconnect("mongodb://user:secret@host"), 503, "database-unavailable"),
        (ServerSelectionTimeoutError("mongodb://user:secret@host"), 503, "database-unavailable"),
        (ExecutionTimeout("secret", code=50), 503, "database-unavailable"),
        (OperationFailure("secret", code=2), 500, "internal"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "request-entity-too-large"),
        (web.HTTPRequestTimeout(), 408, "request-timeout"),
        (ZeroDivisionError("secret"), 500, "internal"),
    ],
)
async def test_each_error_has_its_status_and_type(error: Exception, status: int, code: str) -> None:
    response, body = await answered(error)

    assert (response.status, body["status"], body["type"]) == (status, status, f"urn:entrepot:problem:{code}")
    assert body["title"]
    assert body["detail"]
    assert "secret" not in str(body)


async def test_all_problems_of_an_input_are_listed() -> None:
    found = [Problem(category="file", code="c", message="m", path=path, remedy="r") for path in ("a", "b")]

    _, body = await answered(InvalidInput("bad", problems=found))

    assert [entry["path"] for entry in body["errors"]] == ["a", "b"]
    assert body["errors"][0] == {"category": "file", "code": "c", "message": "m", "path": "a", "remedy": "r"}


async def test_headers_that_tell_what_to_do_next() -> None:
    assert (await answered(Unauthenticated()))[0].headers["WWW-Authenticate"] == 'Bearer realm="entrepot"'
    assert int((await answered(TooMany()))[0].headers["Retry-After"]) > 0
    told = TooMany(extensions={"retry_after": 17})
    assert (await answered(told))[0].headers["Retry-After"] == "17"
    assert int((await answered(BusUnavailable("x")))[0].headers["Retry-After"]) > 0
    assert (await answered(TooLarge()))[0].headers["Connection"] == "close"
    assert (await answered(web.HTTPMethodNotAllowed("PUT", ["GET"])))[0].headers["Allow"] == "GET"


async def test_a_redirect_is_no_problem() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/there")

    application = web.Application(middlewares=[problems])
    application.router.add_get("/", handler)
    async with TestClient(TestServer(application)) as client:
        response = await client.get("/", allow_redirects=False)

    assert (response.status, response.headers["Location"]) == (302, "/there")
