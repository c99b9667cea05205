"""The standalone application without its lifespan: settings, routes, scopes; no database and no Ray."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

import standalone_app
from standalone_app import Settings, create_app

ROUTES = """
from fastapi import APIRouter, Request, WebSocket

bp = APIRouter()


@bp.get("/")
async def index(request: Request):
    state = request.state
    ray = request.app.state.ray_is_available
    return {"slug": state.slug_id, "scopes": state.read_scopes, "user": state.user, "ray": ray}


@bp.websocket("/live")
async def live(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_json({"slug": websocket.state.slug_id, "ray": websocket.app.state.ray_is_available})
    await websocket.close()
"""

Make = Callable[..., FastAPI]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """The application of an unpacked export whose slug is no Python identifier."""
    folder = tmp_path / "experiments" / "my-exp"
    (folder / "static").mkdir(parents=True)
    (folder / "__init__.py").write_text(ROUTES)
    (folder / "static" / "a.css").write_text("p {}")
    monkeypatch.setattr(standalone_app, "HERE", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("MONGO_URI", "mongodb://user:hunter2@127.0.0.1:1")
    monkeypatch.delenv("STANDALONE_USER_EMAIL", raising=False)
    importlib.invalidate_caches()

    def with_config(**config: Any) -> FastAPI:
        (tmp_path / "db_config.json").write_text(json.dumps({"platform": {"settings": {}}, **config}))
        return create_app(Settings.from_environment("my-exp"))

    yield with_config
    for name in [name for name in sys.modules if name.split(".")[0] == "experiments"]:
        del sys.modules[name]


async def get(app: FastAPI, path: str) -> Response:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as client:
        return await client.get(path)


async def websocket(app: FastAPI, path: str) -> list[dict[str, Any]]:
    """What the application sends to a client that connects."""
    sent: list[dict[str, Any]] = []
    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "subprotocols": []}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_routes_see_whose_request_it_is(make: Make) -> None:
    app = make(data_scope=["self", "other"])
    assert (await get(app, "/experiments/my-exp/")).json() == {
        "slug": "my-exp",
        "scopes": ["my-exp", "other"],
        "user": None,
        "ray": False,
    }
    sent = await websocket(app, "/experiments/my-exp/live")
    assert json.loads(sent[1]["text"]) == {"slug": "my-exp", "ray": False}


async def test_settings_of_the_platform_come_before_the_manifest(make: Make) -> None:
    app = make(data_scope=["other"], platform={"settings": {"data_scope": ["third"]}})
    assert (await get(app, "/experiments/my-exp/")).json()["scopes"] == ["my-exp", "third"]


async def test_the_one_user_is_named_by_the_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDALONE_USER_EMAIL", "me@example.com")
    assert (await get(make(), "/experiments/my-exp/")).json()["user"] == {
        "user_id": "me@example.com",
        "email": "me@example.com",
        "role": "admin",
    }


@pytest.mark.parametrize("path", ["/", "/experiments/my-exp"])
async def test_both_roots_lead_to_the_experiment(make: Make, path: str) -> None:
    answer = await get(make(), path)
    assert answer.status_code == 307
    assert answer.headers["location"].endswith("/experiments/my-exp/")


async def test_static_files_are_served(make: Make) -> None:
    assert (await get(make(), "/experiments/my-exp/static/a.css")).text == "p {}"


async def test_it_lives(make: Make) -> None:
    assert (await get(make(), "/livez")).json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/debug", "/db_config.json"])
async def test_nothing_is_shown_that_is_not_the_experiments(make: Make, path: str) -> None:
    assert (await get(make(), path)).status_code == 404


def test_without_an_address_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGO_URI", raising=False)
    with pytest.raises(SystemExit) as ended:
        Settings.from_environment("my-exp")
    assert str(ended.value).startswith("Set MONGO_URI")
    assert "\n" not in str(ended.value)


def test_defaults_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_NAME", "HOST", "PORT", "RAY_ADDRESS", "MONGO_REPLICA_SET_MEMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MONGO_URI", "mongodb://user:hunter2@db")
    settings = Settings.from_environment("my-exp")
    assert (settings.host, settings.port, settings.db_name) == ("127.0.0.1", 8000, "my-exp")
    assert "hunter2" not in repr(settings)
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DB_NAME", "mine")
    changed = Settings.from_environment("my-exp")
    assert (changed.port, changed.db_name) == (9000, "mine")
