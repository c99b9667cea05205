from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from libs.common.database.client import connect
from libs.common.database.collections import EXPERIMENTS_CONFIG, ensure_indexes
from libs.common.registry import Bundle, Platform, Registered
from tests.servers.binaries import free_port
from tests.servers.entrepot import service, started

TOKEN = "entrepot_documents-0123456789abcdef"
DIGEST = "3f9a1c2d4e5f60718293a4b5c6d7e8f93f9a1c2d4e5f60718293a4b5c6d7e8f9"


@pytest.fixture(scope="module")
def address(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway as a process, where nobody works on jobs, so that they are answered 202."""
    folder, port, name = tmp_path_factory.mktemp("gateway"), free_port(), f"test_{uuid.uuid4().hex}"
    asyncio.run(_fill(mongo_uri, name))
    settings = {"MONGO_URI": mongo_uri, "DB_NAME": name, "ENTREPOT_HOME": folder / "home", "PORT": port}
    settings |= {"ENTREPOT_ADMIN_TOKEN": TOKEN, "WAIT_SECONDS": "0.01", "LOG_LEVEL": "error"}
    with started([service("gateway", folder / "log", **settings)]):
        yield f"http://127.0.0.1:{port}"


async def _fill(mongo_uri: str, name: str) -> None:
    """One experiment, which examples name."""
    database = connect(mongo_uri, name)
    await ensure_indexes(database)
    bundle = Bundle(key="click/runtime-1.zip", sha256=DIGEST, size=1)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    platform = Platform(revision=1, digest=DIGEST, bundle=bundle, author="ana@example.org", updated_at=at)
    registered = Registered(slug="click", manifest={}, platform=platform, runtime_s3_uri="file:///x")
    await database[EXPERIMENTS_CONFIG].insert_one(registered.as_document())
    database.client.close()
