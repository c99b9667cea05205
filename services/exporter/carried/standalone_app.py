"""An exported experiment as a FastAPI application: its routes, its data, its indexes and its actor.

At start the data are loaded once, the managed indexes created and the actor started; then routes are served under
`/experiments/{slug}`, as on the platform. There is no sign-in, so the default address is this machine's own.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError
from starlette.types import ASGIApp, Receive, Scope, Send

from managed_indexes import follow_managed_indexes
from mongo_connection_pool import get_shared_mongo_client, release_shared_mongo_client
from standalone_actor import running_actor
from standalone_seed import seed

HERE: Final = Path(__file__).resolve().parent
START_SECONDS: Final = 60.0
"""How long the application waits for MongoDB, which may start at the same time."""
RETRY_SECONDS: Final = 1.0
LARGEST_PORT: Final = 65_535

log = logging.getLogger("standalone")


@dataclass(frozen=True)
class Settings:
    """What the environment says. The address of the database may hold a password, so it is never shown."""

    slug: str
    mongo_uri: str = field(repr=False)
    db_name: str
    host: str
    port: int
    ray_address: str | None
    replica_set_member: str | None
    """This address makes a new MongoDB a replica set of one member (docker-compose.yml)."""

    @classmethod
    def from_environment(cls, slug: str) -> Settings:
        """Ends the program with one line if MONGO_URI is not set, or PORT is no port."""
        mongo_uri = os.environ.get("MONGO_URI")
        if not mongo_uri:
            sys.exit(
                "Set MONGO_URI to the address of a MongoDB, for example MONGO_URI=mongodb://localhost:27017"
            )
        return cls(
            slug=slug,
            mongo_uri=mongo_uri,
            db_name=os.environ.get("DB_NAME") or slug,
            host=os.environ.get("HOST") or "127.0.0.1",
            port=_port(os.environ.get("PORT") or "8000"),
            ray_address=os.environ.get("RAY_ADDRESS") or None,
            replica_set_member=os.environ.get("MONGO_REPLICA_SET_MEMBER") or None,
        )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_PORT:
        sys.exit(f"Set PORT to a number up to {LARGEST_PORT}, for example PORT=8000")
    return int(text)


@dataclass(frozen=True)
class Experiment:
    """The configuration from `db_config.json`, with the platform's settings over the manifest."""

    slug: str
    config: dict[str, Any]

    @classmethod
    def load(cls, slug: str) -> Experiment:
        return cls(slug, json.loads((HERE / "db_config.json").read_text("utf-8")))

    @property
    def effective(self) -> dict[str, Any]:
        return {**self.config, **self.config["platform"]["settings"]}

    @property
    def read_scopes(self) -> list[str]:
        """Whose data the experiment may read; `self` means its own."""
        named = [self.slug if scope == "self" else scope for scope in self.effective.get("data_scope") or []]
        return list(dict.fromkeys([self.slug, *named]))


class ExperimentScope:
    """Tells routes and WebSockets whose request this is, by `request.state`."""

    def __init__(self, app: ASGIApp, *, experiment: Experiment, user_email: str | None) -> None:
        self._app = app
        self._state = {"slug_id": experiment.slug, "read_scopes": experiment.read_scopes}
        self._user = user_email and {"user_id": user_email, "email": user_email, "role": "admin"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            user = dict(self._user) if self._user else None
            scope["state"] = {**scope.get("state", {}), **self._state, "user": user}
        await self._app(scope, receive, send)


def create_app(settings: Settings) -> FastAPI:
    """The application; connects to nothing before its lifespan starts."""
    experiment = Experiment.load(settings.slug)
    base = f"/experiments/{settings.slug}"
    module = importlib.import_module(f"experiments.{settings.slug}")
    app = FastAPI(
        title=settings.slug,
        lifespan=_lifespan(settings, experiment),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.ray_is_available = False
    app.state.mongo_db = None
    app.add_middleware(
        ExperimentScope, experiment=experiment, user_email=os.environ.get("STANDALONE_USER_EMAIL") or None
    )
    app.add_api_route("/", lambda: RedirectResponse(f"{base}/"), methods=["GET", "HEAD"])
    app.add_api_route("/livez", lambda: {"status": "ok"}, methods=["GET"])
    static = HERE / "experiments" / settings.slug / "static"
    if static.is_dir():
        app.mount(f"{base}/static", StaticFiles(directory=static), name="static")
    app.include_router(module.bp, prefix=base)
    return app


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    uvicorn.run(app, host=settings.host, port=settings.port)


def _lifespan(settings: Settings, experiment: Experiment) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = get_shared_mongo_client(settings.mongo_uri)
        try:
            await _wait_for_database(client, settings.replica_set_member)
            database = client[settings.db_name]
            app.state.mongo_db = database
            config = {**experiment.config, "slug": settings.slug}
            await database["experiments_config"].replace_one({"_id": settings.slug}, config, upsert=True)
            await seed(database, HERE)
            await follow_managed_indexes(
                database, settings.slug, experiment.effective.get("managed_indexes") or {}
            )
            async with running_actor(
                settings.slug,
                folder=HERE,
                ray_address=settings.ray_address,
                mongo_uri=settings.mongo_uri,
                db_name=settings.db_name,
                read_scopes=experiment.read_scopes,
            ):
                app.state.ray_is_available = True
                yield
        finally:
            release_shared_mongo_client(client)

    return lifespan


async def _wait_for_database(client: AsyncIOMotorClient[dict[str, Any]], member: str | None) -> None:
    """Wait until the database takes writes. Raises: RuntimeError after a minute."""
    reason = "no answer"
    try:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    hello = await client.admin.command("hello")
                    if hello.get("isWritablePrimary"):
                        return
                    reason = "it is no primary"
                    if hello.get("isreplicaset") and member:  # started with --replSet, but never initiated
                        await client.admin.command(
                            "replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]}
                        )
                except PyMongoError as error:  # the deadline ends this
                    reason = type(error).__name__
                await asyncio.sleep(RETRY_SECONDS)
    except TimeoutError:
        raise RuntimeError(f"The database at MONGO_URI does not take writes: {reason}") from None
