"""A database per test, reached as experiments reach it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from async_mongo_wrapper import Database
from experiment_db import ExperimentDB, create_actor_database
from mongo_connection_pool import get_shared_mongo_client, release_shared_mongo_client

Open = Callable[..., ExperimentDB]


@pytest.fixture
async def platform_db(mongo_uri: str) -> AsyncIterator[Database]:
    """The database unscoped, as the platform sees it; dropped afterwards."""
    client = get_shared_mongo_client(mongo_uri)
    name = f"test_{uuid.uuid4().hex}"
    yield client[name]
    await client.drop_database(name)
    release_shared_mongo_client(client)


@pytest.fixture
def experiment(mongo_uri: str, platform_db: Database) -> Open:
    """Open the database as the actor of `slug` does, which may also read the others named."""

    def open_as(slug: str, *others: str) -> ExperimentDB:
        return create_actor_database(mongo_uri, platform_db.name, slug, [slug, *others])

    return open_as
