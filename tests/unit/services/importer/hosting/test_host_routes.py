"""What is told of the routes of an experiment."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket
from starlette.applications import Starlette

from experiment_host import ROUTES_TOLD, routes_of


def test_methods_and_paths_are_told() -> None:
    router = APIRouter()

    @router.get("/")
    async def index() -> None: ...

    @router.api_route("/items/{item}", methods=["PUT", "DELETE", "HEAD"])
    async def item() -> None: ...

    @router.websocket("/live")
    async def live(_: WebSocket) -> None: ...

    router.mount("/inner", Starlette())

    assert routes_of(router, "my-exp") == [
        "GET /experiments/my-exp/",
        "DELETE /experiments/my-exp/items/{item}",
        "PUT /experiments/my-exp/items/{item}",
        "WS /experiments/my-exp/live",
        "ANY /experiments/my-exp/inner",
    ]


def test_of_very_many_the_first_are_told() -> None:
    router = APIRouter()
    for number in range(ROUTES_TOLD + 1):
        router.add_api_route(f"/{number}", lambda: None)

    assert len(routes_of(router, "click")) == ROUTES_TOLD
