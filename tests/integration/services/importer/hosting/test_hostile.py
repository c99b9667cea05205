"""Experiments that misbehave: they harm neither the others nor the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from libs.common.home import find_ray
from libs.common.hosting import TOKEN_HEADER
from tests.integration.services.importer.bench import until
from tests.integration.services.importer.hosting.processes import processes_of
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import Stage

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]

LOOP = "while True: pass"
EAT = "x = bytearray(16 * 2**30)"
EXIT = "import os; os._exit(3)"


async def answers(stage: Stage, slug: str) -> bool:
    try:
        status, _ = await stage.get(slug, "/")
    except (aiohttp.ClientError, TimeoutError):
        return False
    return status == 200


async def pids(stage: Stage, slug: str) -> tuple[int, int, int]:
    """Of the host and of the actor, and how often the actor's incarnation was initialized."""
    status, body = await stage.get(slug, "/")
    assert status == 200, body
    about = json.loads(body)
    return about["pid"], about["actor"]["pid"], about["actor"]["initialized"]


async def within(seconds: float, condition: Callable[[], Awaitable[bool]], what: str) -> None:
    async with asyncio.timeout(seconds):
        await until(condition, what=what)


@pytest.fixture
async def pair(stage: Stage) -> Stage:
    """A well-behaved experiment beside the one that is told to misbehave."""
    for slug in ("good", "bad"):
        await stage.put(slug, sample(slug))
    for slug in ("good", "bad"):
        await stage.running(slug, 1)
    return stage


async def test_an_endless_loop_in_a_route_ends_with_its_host(pair: Stage) -> None:
    host, actor, _ = await pids(pair, "bad")
    looping = asyncio.create_task(pair.get("bad", "/run", method="POST", data=LOOP))
    assert await answers(pair, "good")
    await within(90, lambda: _is_new(pair, "bad", host), "the host is back")
    assert (await pids(pair, "bad"))[1] == actor
    await asyncio.wait({looping})
    assert isinstance(looping.exception(), aiohttp.ClientError | TimeoutError)


async def test_who_eats_memory_gets_an_error_and_lives_on(pair: Stage) -> None:
    before = await pids(pair, "bad")
    assert (await pair.get("bad", "/run", method="POST", data=EAT))[0] == 500
    assert (await pair.get("bad", "/run-in-actor", method="POST", data=EAT))[0] == 500
    assert await pids(pair, "bad") == before
    assert await answers(pair, "good")


async def test_a_host_that_exits_comes_back(pair: Stage) -> None:
    host, actor, _ = await pids(pair, "bad")
    with pytest.raises(aiohttp.ClientError):
        await pair.get("bad", "/run", method="POST", data=EXIT)
    assert await answers(pair, "good")
    await within(90, lambda: _is_new(pair, "bad", host), "the host is back")
    assert (await pids(pair, "bad"))[1] == actor


async def test_an_actor_that_exits_is_initialized_again(pair: Stage) -> None:
    _, actor, _ = await pids(pair, "bad")
    assert (await pair.get("bad", "/run-in-actor", method="POST", data=EXIT))[0] == 500

    async def is_back() -> bool:
        if not await answers(pair, "bad"):
            return False
        _, now, initialized = await pids(pair, "bad")
        return now != actor and initialized == 1

    await within(90, is_back, "the actor is back and initialized")
    assert await answers(pair, "good")


async def test_printed_megabytes_are_cut(pair: Stage) -> None:
    shout = "for _ in range(600): print('x' * 100_000)"
    assert (await pair.get("bad", "/run", method="POST", data=shout))[0] == 200
    head = find_ray(pair.bench.parts.settings)
    assert head is not None
    logs = [path for path in head.folder.rglob("worker-*.out*") if path.is_file()]
    assert max(path.stat().st_size for path in logs) < 6 * 2**20
    assert await answers(pair, "good")


async def test_what_exits_at_import_is_reported_and_left(stage: Stage) -> None:
    await stage.put("gone", sample("gone", imported="import os; os._exit(7)"))
    failed = await stage.failed("gone", 1)
    assert failed.error
    assert failed.address is None
    await stage.put("gone", sample("gone", "two"))
    await stage.running("gone", 2)


async def test_an_actor_that_ends_again_and_again_is_stopped(stage: Stage) -> None:
    ends = "import threading; threading.Timer(1.0, os._exit, (1,)).start()"
    await stage.put("dying", sample("dying", initialize=ends))
    await stage.running("dying", 1)
    event = await stage.told("dying", "experiment.failed")
    assert "again and again" in event.data["lines"][-1]
    hosting = await stage.hostings.get("dying")
    assert hosting is not None
    assert hosting.address is None


async def test_a_host_lets_only_the_gateway_in(pair: Stage) -> None:
    hosting = await pair.hostings.get("good")
    assert hosting is not None
    url = f"{hosting.address}/experiments/good/plain"
    for headers in ({}, {TOKEN_HEADER: "guessed"}):
        async with pair.session.get(url, headers=headers) as answer:
            assert answer.status == 403


async def test_workers_see_no_secret_of_the_platform(pair: Stage) -> None:
    head = find_ray(pair.bench.parts.settings)
    assert head is not None
    workers = list(processes_of(head.folder))
    assert len(workers) > 4
    for worker in workers:
        environment = Path(f"/proc/{worker.pid}/environ").read_bytes()
        for secret in (b"never-in-a-worker", b"MONGO_URI", b"mongodb://", b"ENTREPOT", b"B2_"):
            assert secret not in environment, worker.cmdline()


async def _is_new(stage: Stage, slug: str, host: int) -> bool:
    return await answers(stage, slug) and (await pids(stage, slug))[0] != host
