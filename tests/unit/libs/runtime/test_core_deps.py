"""The dependencies, called as FastAPI calls them: through an app, for HTTP and for WebSockets."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request, WebSocket
from httpx import ASGITransport, AsyncClient, Response
from motor.motor_asyncio import AsyncIOMotorClient
from starlette.middleware.base import RequestResponseEndpoint

import core_deps
from async_mongo_wrapper import ScopedMongoWrapper
from experiment_db import ExperimentDB, get_experiment_db

ANA = {"user_id": "u1", "email": "ana@example.com", "role": "developer"}
ADMIN = {"user_id": "u2", "email": "ben@example.com", "role": "admin"}


@pytest.fixture(autouse=True)
def no_standalone_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANDALONE_USER_EMAIL", raising=False)


def host(user: dict[str, str] | None = None, **state: Any) -> FastAPI:
    """An app as a host makes one: identity and scopes on the request, what all share on the app."""
    app = FastAPI()
    for name, value in state.items():
        setattr(app.state, name, value)

    @app.middleware("http")
    async def identify(request: Request, call_next: RequestResponseEndpoint) -> Any:
        if user is not None:
            request.state.user = user
        request.state.slug_id = "click"
        request.state.read_scopes = ["click", "shop"]
        return await call_next(request)

    @app.get("/who")
    async def who(user: Annotated[Any, Depends(core_deps.get_current_user)]) -> Any:
        return user

    @app.get("/guarded")
    async def guarded(user: Annotated[Any, Depends(core_deps.get_current_user_or_redirect)]) -> Any:
        return user

    @app.get("/admin")
    async def admin(user: Annotated[Any, Depends(core_deps.require_admin)]) -> Any:
        return user

    @app.get("/db")
    async def db(
        scoped: Annotated[ScopedMongoWrapper, Depends(core_deps.get_scoped_db)],
        easy: Annotated[ExperimentDB, Depends(get_experiment_db)],
    ) -> list[str]:
        return [scoped.hits.name, scoped.shop_items.name, easy.hits.name]

    return app


async def get(app: FastAPI, path: str) -> Response:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://host") as client:
        return await client.get(path)


async def test_user_is_the_one_the_host_put_down() -> None:
    assert (await get(host(ANA), "/who")).json() == ANA
    assert (await get(host(), "/who")).json() is None


async def test_standalone_user_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDALONE_USER_EMAIL", "me@example.com")
    me = {"user_id": "me@example.com", "email": "me@example.com", "role": "admin"}
    assert (await get(host(), "/who")).json() == me
    assert (await get(host(), "/guarded")).json() == me
    assert (await get(host(), "/admin")).json() == me
    assert (await get(host(ANA), "/who")).json() == ANA


async def test_guarded_route_sends_browsers_to_the_sign_in_page() -> None:
    app = host(login_url="/login")
    answer = await get(app, "/guarded?page=2&q=a b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/guarded%3Fpage%3D2%26q%3Da%2520b"
    assert (await get(app, "/guarded")).headers["location"] == "/login?next=/guarded"
    assert (await get(host(ANA, login_url="/login"), "/guarded")).json() == ANA


@pytest.mark.parametrize("path", ["/guarded", "/admin"])
async def test_without_sign_in_a_guarded_route_names_the_remedy(path: str) -> None:
    answer = await get(host(), path)
    assert answer.status_code == 401
    assert "STANDALONE_USER_EMAIL=" in answer.json()["detail"]


async def test_admin_only() -> None:
    assert (await get(host(ANA), "/admin")).status_code == 403
    assert (await get(host(ADMIN), "/admin")).json() == ADMIN


async def test_databases_of_a_request_are_scoped() -> None:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient("mongodb://127.0.0.1:1", connect=False)
    answer = await get(host(mongo_db=client["x"]), "/db")
    assert answer.json() == ["click_hits", "shop_items", "click_hits"]
    client.close()


async def test_host_without_a_database_answers_503() -> None:
    answer = await get(host(), "/db")
    assert (answer.status_code, answer.json()) == (
        503,
        {"detail": "The database cannot be reached just now."},
    )


async def test_host_that_does_not_say_whose_request_it_is_answers_503() -> None:
    app = FastAPI()
    app.add_api_route("/db", lambda db: None, dependencies=[Depends(core_deps.get_scoped_db)])
    assert "slug_id" in (await get(app, "/db")).json()["detail"]


async def test_dependencies_serve_websockets() -> None:
    app = FastAPI()
    sent: list[dict[str, Any]] = []

    @app.websocket("/live")
    async def live(socket: WebSocket, user: Annotated[Any, Depends(core_deps.get_current_user)]) -> None:
        await socket.accept()
        await socket.send_json(user)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/live", "headers": [], "query_string": b"", "subprotocols": []}
    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send"]
    assert sent[1]["text"] == "null"
