"""A standalone export, unpacked and started as its README says: actor, data, routes, restart, orderly end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bson import Decimal128, ObjectId
from httpx import AsyncClient, TransportError
from pydantic import SecretStr

from libs.common.database.client import Database, connect
from libs.common.events.envelope import new_id
from libs.common.parts import Parts
from tests.integration.services.exporter.conftest import Export, Register
from tests.servers.binaries import free_port

START_SECONDS = 150.0
ACTOR = b"""
import ray
from experiment_db import create_actor_database

from .words import greeting


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)
        self.initialized = 0

    async def initialize(self):
        self.initialized += 1
        await self.db.starts.insert_one({})

    async def look(self, row_id):
        from bson import ObjectId

        row = await self.db.rows.find_one({"ref": ObjectId(row_id)})
        starts = await self.db.starts.count_documents({})
        return {"word": greeting(), "price": str(row["price"]), "initialized": self.initialized, "starts": starts}
"""
ROUTES = b"""
import ray
from fastapi import APIRouter, Depends, Request
from core_deps import get_experiment_config
from experiment_db import ExperimentDB, get_experiment_db

from .actor import ExperimentActor

bp = APIRouter()


@bp.get("/api/look/{row_id}")
async def look(request: Request, row_id: str, db: ExperimentDB = Depends(get_experiment_db)):
    actor = ray.get_actor(f"{request.state.slug_id}-actor", namespace="modular_labs")
    seen = await actor.look.remote(row_id)
    config = await get_experiment_config(request, request.state.slug_id)
    return {**seen, "rows": await db.rows.count_documents({}), "name": config["name"]}
"""


@asynccontextmanager
async def started(folder: Path, mongo_uri: SecretStr | None, database: str) -> AsyncIterator[AsyncClient]:
    """The application as a process; it must end in order on SIGTERM."""
    port = free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    assert mongo_uri is not None
    environment |= {"MONGO_URI": mongo_uri.get_secret_value(), "DB_NAME": database, "PORT": str(port)}
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220  (starting takes no time, waiting is polled)
            [sys.executable, str(folder / "standalone_main.py")],
            cwd=folder.parent,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            async with asyncio.timeout(START_SECONDS):
                while not await _lives(client):
                    assert process.poll() is None, log.read_text()[-3000:]
                    await asyncio.sleep(0.2)
            yield client
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert "Application shutdown complete" in log.read_text()
    finally:
        process.kill()
        process.wait()


async def _lives(client: AsyncClient) -> bool:
    try:
        return (await client.get("/livez")).status_code == 200
    except TransportError:
        return False


@pytest.fixture
async def own(mongo_uri: str) -> AsyncIterator[Database]:
    """The application's database."""
    database = connect(mongo_uri, f"test_{new_id()}")
    yield database
    await database.client.drop_database(database.name)
    database.client.close()


@pytest.mark.ray
@pytest.mark.timeout(400)
async def test_it_starts_serves_and_starts_again(
    register: Register, export: Export, parts: Parts, own: Database, tmp_path: Path
) -> None:
    slug, ref = "my-exp", ObjectId()
    files = {"actor.py": ACTOR, "__init__.py": ROUTES, "words.py": b"def greeting():\n    return 'hello'\n"}
    indexes: dict[str, Any] = {"rows": [{"name": "price", "type": "regular", "keys": {"price": 1}}]}
    await register(slug, files, name="My experiment", managed_indexes=indexes)
    row = {"experiment_id": slug, "ref": ref, "price": Decimal128("1.50")}
    await parts.database[f"{slug}_rows"].insert_one(row)
    folder = tmp_path / "unpacked"
    (await export(slug)).zip.extractall(folder)

    for start in (1, 2):
        async with started(folder, parts.settings.mongo_uri, own.name) as client:
            answer = await client.get(f"/experiments/{slug}/api/look/{ref}")
            assert answer.json() == {
                "word": "hello",
                "price": "1.50",
                "initialized": 1,
                "starts": start,
                "rows": 1,
                "name": "My experiment",
            }
            assert (await client.get("/")).headers["location"] == f"/experiments/{slug}/"
            assert (await client.get(f"/experiments/{slug}/static/logo.png")).status_code == 200
    assert f"{slug}_price" in await own[f"{slug}_rows"].index_information()
