"""Fixtures for every suite: real servers, one per test process, and settings that no environment leaks into.

A server that cannot be started fails the tests that need it; nothing is skipped.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
import uvloop

from libs.common.database.client import Database, connect
from libs.common.database.collections import INDEXES
from libs.common.settings import Settings
from tests.servers.mongod import mongod
from tests.servers.rabbitmq import amqp_url, rabbitmq_node  # noqa: F401  fixtures
from tests.servers.s3 import S3Server, moto, s3

MakeSettings = Callable[..., Settings]

hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)  # `make fuzz` explores
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
structlog.configure(  # the default draws tracebacks with all locals, which takes seconds each
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that services run on, which refuses some of what asyncio's own takes."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in this process configures logs; the next test captures its own again."""
    before, configure = structlog.get_config(), structlog.configure

    def without_cache(**chosen: Any) -> None:
        configure(**chosen | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", without_cache)
    yield
    configure(**before)


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A primary that takes transactions, change streams and snapshot reads."""
    with mongod(tmp_path_factory.mktemp("mongod")) as uri:
        yield uri


@pytest.fixture(scope="session")
def emptied() -> list[str]:
    """Databases that tests are done with. They keep our indexes, which take a second to make."""
    return []


@pytest.fixture
async def database(mongo_uri: str, emptied: list[str]) -> AsyncIterator[Database]:
    """An empty database for this test alone."""
    database = connect(mongo_uri, emptied.pop() if emptied else f"test_{uuid.uuid4().hex}")
    try:
        yield database
        await empty(database)
        emptied.append(database.name)
    finally:
        database.client.close()


async def empty(database: Database) -> None:
    """Remove all documents, and all collections but those that services make at their start."""
    async for found in await database.list_collections():
        name = found["name"]
        if name in INDEXES and found["type"] == "collection":
            await database[name].delete_many({})
        elif not name.startswith("system."):
            await database.drop_collection(name)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 that checks signatures, expiry and keys."""
    with s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 that enforces `If-None-Match`; it checks no keys and no expiry, so it proves nothing else."""
    with moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def make_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSettings:
    """Settings with `ENTREPOT_HOME` in the test's folder and no address from the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("ENTREPOT_HOME", "ENTREPOT_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def make(**values: Any) -> Settings:
        return Settings(**{"home": tmp_path / "home", **values})

    return make


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """The embedded default: nothing given."""
    return make_settings()
