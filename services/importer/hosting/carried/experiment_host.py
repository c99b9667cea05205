"""Serves one version of one experiment from a Ray worker: its routes under `/experiments/{slug}`, on a port of its own.

Whatever the experiment raises is caught and told as lines of text: an exception of its own class, sent through Ray,
would bring its code into the process that reads it.
"""

from __future__ import annotations

import asyncio
import importlib
import re
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import ray
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import WebSocketRoute

from experiment_actor import ActorPlan, initialize, start_actor
from experiment_gate import Activity, Gate
from managed_indexes import follow_managed_indexes, index_names
from mongo_connection_pool import get_shared_mongo_client, release_shared_mongo_client

HERE: Final = str(Path(__file__).resolve().parent)
EXPERIMENTS: Final = f"{HERE}/experiments/"
LINES: Final = 20
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
DRAIN_SECONDS: Final = 20.0
"""Grace for requests under way; a WebSocket is told to come again (1012)."""
KEEP_ALIVE_SECONDS: Final = 30
"""Twice as long as the gateway keeps a connection, so that it never sends a request into one that closes."""
ROUTES_TOLD: Final = 200
LOGIN_URL: Final = "/login"


@dataclass(frozen=True)
class HostPlan:
    """Everything that a host needs to know."""

    actor: ActorPlan
    token: str
    bind: str | None
    """Address to listen on; None is this node's own."""


class ExperimentHost:
    """One incarnation of a host; `error` is empty if it serves."""

    def __init__(self, plan: HostPlan) -> None:
        self._plan = plan
        self._module: ModuleType | None = None
        self.address: str | None = None
        self.routes: list[str] = []
        self.error = lines_of(self._serve)

    def start_actor(self) -> list[str]:
        """Start and initialize the experiment's actor. Returns the error's last lines, none if all is well."""
        module = self._module
        if module is None:
            return ["The host does not serve."]
        return lines_of(lambda: start_actor(_actor_class(module, self._plan.actor.slug), self._plan.actor))

    def initialize(self) -> list[str]:
        """Run `initialize()` if the actor's present incarnation has not."""
        plan = self._plan.actor
        return lines_of(
            lambda: initialize(ray.get_actor(plan.name, namespace="modular_labs"), plan.initialize_seconds)
        )

    def follow_indexes(
        self, managed: dict[str, list[dict[str, Any]]], before: dict[str, list[str]]
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        """What became of each managed index by its name on disk, and their names by collection."""
        outcomes = asyncio.run(self._follow_indexes(managed, before))
        return outcomes, index_names(self._plan.actor.slug, managed)

    async def _follow_indexes(
        self, managed: dict[str, list[dict[str, Any]]], before: dict[str, list[str]]
    ) -> dict[str, str]:
        plan = self._plan.actor
        client = get_shared_mongo_client(plan.mongo_uri)
        try:
            return await follow_managed_indexes(client[plan.db_name], plan.slug, managed, before)
        finally:
            release_shared_mongo_client(client)

    def drain(self) -> None:
        """Take no more connections, and return when those under way have ended."""
        self._server.should_exit = True
        self._thread.join(DRAIN_SECONDS)

    def _serve(self) -> None:
        slug = self._plan.actor.slug
        self._module = importlib.import_module(f"experiments.{slug}")
        app = create_app(self._module, self._plan)
        self.routes = routes_of(self._module.bp, slug)
        listening = socket.create_server((self._plan.bind or _node_address(), 0))
        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_level="warning",
            forwarded_allow_ips="*",  # whoever has the token is the gateway
            timeout_graceful_shutdown=int(DRAIN_SECONDS),
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, daemon=True, name="uvicorn"
        )
        self._thread.start()
        host, port = listening.getsockname()[:2]
        self.address = f"http://{host}:{port}"


def _node_address() -> str:
    return str(ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]


def create_app(module: ModuleType, plan: HostPlan) -> Any:
    """The application of `bp`, behind the gate."""
    slug = plan.actor.slug
    base = f"/experiments/{slug}"
    app = FastAPI(title=slug, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.ray_is_available = True
    app.state.mongo_db = get_shared_mongo_client(plan.actor.mongo_uri)[plan.actor.db_name]
    app.state.login_url = LOGIN_URL
    static = Path(module.__file__ or "").parent / "static"
    if static.is_dir():
        app.mount(f"{base}/static", StaticFiles(directory=static), name="static")
    app.include_router(module.bp, prefix=base)
    return Gate(app, token=plan.token, slug=slug, read_scopes=plan.actor.read_scopes, activity=Activity())


def routes_of(router: APIRouter, slug: str) -> list[str]:
    """What it serves, as `GET /experiments/click/`; of very many, the first."""
    told = []
    for route in router.routes:
        path = f"/experiments/{slug}{getattr(route, 'path', '')}"
        other = "WS" if isinstance(route, WebSocketRoute) else "ANY"
        methods = sorted(getattr(route, "methods", None) or {other})
        told += [f"{method} {path}" for method in methods if method != "HEAD"]
    return told[:ROUTES_TOLD]


def lines_of(work: Callable[[], object]) -> list[str]:
    """Run it; the last lines of what it raised, whatever that is."""
    try:
        work()
    except BaseException as error:  # noqa: BLE001  (experiments may also call sys.exit)
        traceback.print_exc(file=sys.stderr)
        told = traceback.TracebackException.from_exception(error)
        _leave_out_ours(told.stack)
        text = COLOURS.sub("", "".join(told.format())).replace(f"{HERE}/", "")
        return text.rstrip().splitlines()[-LINES:]
    return []


def _leave_out_ours(stack: traceback.StackSummary) -> None:
    """What the developer can mend begins at the first line of the experiment's own."""
    first = next((n for n, frame in enumerate(stack) if frame.filename.startswith(EXPERIMENTS)), len(stack))
    del stack[:first]


def _actor_class(module: ModuleType, slug: str) -> Any:
    found = getattr(module, "ExperimentActor", None)
    return found or importlib.import_module(f"experiments.{slug}.actor").ExperimentActor
