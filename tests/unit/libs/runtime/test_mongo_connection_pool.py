"""Who shares a client with whom. Nothing here connects."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import mongo_connection_pool
from experiment_db import create_actor_database
from mongo_connection_pool import Client, get_shared_mongo_client, release_shared_mongo_client

URI = "mongodb://127.0.0.1:1"


def is_open(client: Client) -> bool:
    """PyMongo marks a closed client, which refuses every later use."""
    return not client.delegate._closed


async def test_one_loop_shares_one_client_until_its_last_holder_lets_go() -> None:
    first, second = get_shared_mongo_client(URI), get_shared_mongo_client(URI)
    assert first is second
    release_shared_mongo_client(first)
    assert is_open(first)
    release_shared_mongo_client(second)
    assert not is_open(first)
    fresh = get_shared_mongo_client(URI)
    assert fresh is not first
    release_shared_mongo_client(fresh)


async def test_other_address_or_options_are_another_client() -> None:
    clients = [
        get_shared_mongo_client(URI),
        get_shared_mongo_client("mongodb://127.0.0.1:2"),
        get_shared_mongo_client(URI, max_pool_size=3),
        get_shared_mongo_client(URI, server_selection_timeout_ms=100),
    ]
    assert len({id(client) for client in clients}) == 4
    for client in clients:
        release_shared_mongo_client(client)


def test_closed_loops_client_is_closed_at_the_next_call() -> None:
    async def take() -> Client:
        return get_shared_mongo_client(URI)

    first = asyncio.run(take())
    assert is_open(first)
    second = asyncio.run(take())
    assert second is not first
    assert not is_open(first)
    release_shared_mongo_client(second)


def test_without_a_loop_the_client_is_the_callers_own() -> None:
    first, second = get_shared_mongo_client(URI), get_shared_mongo_client(URI)
    assert first is not second
    release_shared_mongo_client(first)
    assert not is_open(first)
    assert is_open(second)
    release_shared_mongo_client(second)


def test_actor_database_needs_no_running_loop() -> None:
    db = create_actor_database(URI, "platform", "click", ["click"], max_pool_size=4)
    assert db.clicks.name == "click_clicks"
    assert db.database.name == "platform"
    assert db.database.client.delegate.options.pool_options.max_pool_size == 4
    db.database.client.close()


async def test_options_reach_the_driver() -> None:
    client = get_shared_mongo_client(URI, max_pool_size=7, min_pool_size=2, server_selection_timeout_ms=1234)
    options = client.delegate.options
    assert (options.pool_options.max_pool_size, options.pool_options.min_pool_size) == (7, 2)
    assert options.server_selection_timeout == pytest.approx(1.234)
    release_shared_mongo_client(client)


FORK = """
import asyncio, os
from mongo_connection_pool import get_shared_mongo_client

async def main():
    ours = get_shared_mongo_client("mongodb://127.0.0.1:1")
    child = os.fork()
    if child == 0:
        fresh = get_shared_mongo_client("mongodb://127.0.0.1:1")
        os._exit(0 if fresh is not ours and not ours.delegate._closed else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert get_shared_mongo_client("mongodb://127.0.0.1:1") is ours

asyncio.run(main())
"""


def test_forked_child_starts_with_an_empty_pool() -> None:
    """In a process of its own: this one has threads, with which a fork warns from Python 3.12 on."""
    runtime = Path(mongo_connection_pool.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", FORK], check=False, cwd=runtime, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
