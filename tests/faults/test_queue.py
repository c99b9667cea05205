"""Ten thousand waiting jobs: who asks for little does not wait for who asks for much."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from libs.common.bus import Bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.events.exports import ExportCompleted, ExportKind, ExportRequest
from libs.common.jobs.model import NewJob, Requester, Role
from libs.common.jobs.run import Outcome, Route, Run
from libs.common.jobs.store import JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits

WAITING = {("loud@example.org", "big"): 9_500, ("loud@example.org", "small"): 100}
WAITING |= {("quiet@example.org", "mine"): 200, ("shy@example.org", "mine"): 200}
"""Jobs by user and experiment, accepted in this order: the loud user's first."""
SECONDS = 1_200.0

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1_800)]


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(amqp_url, service="test")
    yield bus
    await bus.close()


async def test_ten_thousand_waiting_jobs_are_done_fairly(database: Database, bus: Bus) -> None:
    await ensure_indexes(database)
    store = JobStore(database, lease_seconds=15)
    for (email, slug), count in WAITING.items():
        requester = Requester(email=email, role=Role.DEVELOPER)
        given = ExportRequest(slug=slug, kind=ExportKind.DOCKER).model_dump(mode="json")
        request = NewJob(kind="export.request", subject=slug, requester=requester, input=given)
        for start in range(0, count, 100):
            await asyncio.gather(*(store.create(request) for _ in range(min(100, count - start))))
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    done = asyncio.Event()

    async def work(command: ExportRequest, run: Run) -> Outcome:
        begun = sum(map(len, places.values()))
        places[run.requester.email, command.slug].append(begun)
        if begun + 1 == sum(WAITING.values()):
            done.set()
        completed = ExportCompleted(slug=command.slug, kind=command.kind, message="Done.")
        return Outcome("export.completed", completed)

    route = Route("export.request", ExportRequest, work, slots=8)
    async with Worker("exporter", [route], store=store, bus=bus, limits=Limits(idle_poll_seconds=0.5)):
        async with asyncio.timeout(SECONDS):
            await done.wait()

    assert {key: len(found) for key, found in places.items()} == WAITING
    # A third of the turns is each user's: 200 jobs have ended within about 600 turns, whatever else waits.
    assert max(places["quiet@example.org", "mine"]) < 1_000
    assert max(places["shy@example.org", "mine"]) < 1_000
    # And half of the loud user's turns are each experiment's.
    assert max(places["loud@example.org", "small"]) < 1_000
