from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket
from starlette.responses import StreamingResponse
from starlette.types import Message, Scope

from experiment_gate import LIVE_PATH, Activity, Gate, read_user
from libs.common.hosting import TOKEN_HEADER, USER_HEADER, sign_user
from services.importer.hosting.probe import LIVE_PATH as PROBED

TOKEN = "a-token"
USER = {"user_id": "7", "email": "jane@example.com", "role": "admin"}
ENTERS = {TOKEN_HEADER: TOKEN}


@pytest.fixture
def activity() -> Activity:
    return Activity()


@pytest.fixture
def gate(activity: Activity) -> Gate:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> dict[str, object]:
        state = request.state
        return {
            "user": state.user,
            "slug": state.slug_id,
            "scopes": state.read_scopes,
            "headers": sorted(request.headers),
        }

    @app.get("/busy")
    async def busy() -> dict[str, float]:
        return activity.as_json()

    @app.get("/fails")
    async def fails() -> float:
        return 1 / 0

    @app.get("/breaks-off")
    async def breaks_off() -> StreamingResponse:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise ZeroDivisionError

        return StreamingResponse(half())

    @app.websocket("/echo")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(websocket.state.user)

    return Gate(app, token=TOKEN, slug="click", read_scopes=["click", "other"], activity=activity)


@pytest.fixture
async def client(gate: Gate) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        yield client


async def handshake(gate: Gate, headers: dict[str, str]) -> list[Message]:
    """What a WebSocket client is sent."""
    sent: list[Message] = []
    received: Iterator[Message] = iter(
        [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
    )

    async def receive() -> Message:
        return next(received)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "websocket",
        "path": "/echo",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": [],
    }
    await gate(scope, receive, send)
    return sent


@pytest.mark.parametrize("token", [None, "", "a-tokem", "ä"])
async def test_without_the_token_nobody_comes_in(
    gate: Gate, client: httpx.AsyncClient, token: str | None
) -> None:
    headers = {} if token is None else {TOKEN_HEADER: token}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert (await client.get("/who", headers=raw)).status_code == 403
    assert (await client.get(LIVE_PATH, headers=raw)).status_code == 403
    assert await handshake(gate, headers) == [{"type": "websocket.close", "code": 1008}]


async def test_the_experiment_learns_who_asks_and_sees_no_header_of_ours(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/who", headers=ENTERS | {USER_HEADER: sign_user(USER, TOKEN)})).json()
    assert (answer["user"], answer["slug"], answer["scopes"]) == (USER, "click", ["click", "other"])
    assert not [name for name in answer["headers"] if name.startswith("x-entrepot")]


async def test_websockets_learn_it_too(gate: Gate) -> None:
    accepted, told = await handshake(gate, ENTERS | {USER_HEADER: sign_user(USER, TOKEN)})
    assert accepted["type"] == "websocket.accept"
    assert "jane@example.com" in told["text"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        ".",
        "e30.",
        sign_user(USER, "another-token"),
        sign_user(USER, TOKEN)[:-1],
        "x" + sign_user(USER, TOKEN),
    ],
)
async def test_a_user_whom_the_gateway_did_not_sign_is_nobody(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/who", headers=ENTERS | {USER_HEADER: header})
    assert answer.json()["user"] is None


def test_what_is_signed_but_no_json_is_nobody() -> None:
    signature = hmac.new(TOKEN.encode(), b"!!!", hashlib.sha256).hexdigest().encode()
    assert read_user(b"!!!." + signature, TOKEN) is None


async def test_the_probe_does_not_touch_the_experiment_and_tells_what_is_under_way(
    client: httpx.AsyncClient,
) -> None:
    assert PROBED == LIVE_PATH
    told = (await client.get(LIVE_PATH, headers=ENTERS)).json()
    assert (told["busy"], told["idle_seconds"] >= 0) == (0, True)
    assert (await client.get("/busy", headers=ENTERS)).json()["busy"] == 1
    assert (await client.get(LIVE_PATH, headers=ENTERS)).json()["busy"] == 0


async def test_an_error_that_was_answered_keeps_the_connection(client: httpx.AsyncClient) -> None:
    assert (await client.get("/fails", headers=ENTERS)).status_code == 500
    with pytest.raises(ZeroDivisionError):
        await client.get("/breaks-off", headers=ENTERS)


async def test_an_experiments_lifespan_is_not_run() -> None:
    gate = Gate(_never, token=TOKEN, slug="click", read_scopes=[], activity=Activity())
    await gate({"type": "lifespan"}, _never, _never)


async def _never(*_: object) -> Any:
    raise AssertionError("used")
