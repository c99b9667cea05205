"""Two hundred random kills of services at work: each accepted job ends once, and nothing is left half done."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from services.importer.context import Importer
from tests.e2e.road import KINDS, edited, members
from tests.faults import work
from tests.faults.audit import (
    AT_ONCE,
    assert_all_ended_well,
    assert_experiments_whole,
    assert_no_row_is_left,
    assert_runs_ended,
    missing,
    orphans,
    sweep_everything,
)
from tests.faults.cluster import Cluster, Servers, cluster, supervised
from tests.faults.ledger import Ledger
from tests.faults.work import Ask, Clients
from tests.integration.services.benchmarks.desk import Facts, dump_of, facts, tiny, zip_of
from tests.servers.binaries import GIVEN
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server

SEED = 20_261_122
KILLS = int(GIVEN.get("SOAK_KILLS", "200"))
ASKS = 3
"""New jobs between two kills."""
MOST_WAITING = 20
"""Requests that wait for a gateway at the same time."""
REPLICAS = {"gateway": 2, "exporter": 2, "importer": 2, "benchmarks": 2}
PAUSE_SECONDS = (0.1, 2.5)
"""Between two kills: from next to nothing to longer than most jobs take."""
BALANCE_SECONDS = 600.0
COMPANIES = ("Acme", "Bravo")
"""Always imported together, so that one of another import than the other shows a dump that was partly imported."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.fixture
def servers(rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server) -> Servers:
    name = f"soak_{uuid4().hex}"
    rabbitmq_node.management.call("PUT", f"/vhosts/{name}", {})
    return Servers(f"{rabbitmq_node.amqp_url}/{name}", mongo_uri, name, s3_server)


@pytest.fixture
def platform(servers: Servers, tmp_path: Path) -> Iterator[Cluster]:
    """A job that is killed again and again is not given up, so that each must succeed."""
    own = {"JOB_ATTEMPTS": 1_000, "KEPT_VERSIONS": 1_000, "WORKERS": 2}
    with cluster(tmp_path, servers, replicas=REPLICAS, settings=own) as running:
        yield running


@dataclass(frozen=True)
class Load:
    """What is asked for, by lot."""

    versions: list[bytes]
    dumps: list[bytes]
    lot: random.Random

    def next(self) -> Ask:
        kinds = [self._export, self._import, self._rollback, self._run, self._dump_import, work.dump]
        return self.lot.choices(kinds, weights=[4, 4, 1, 2, 3, 1])[0]()

    def _export(self) -> Ask:
        return work.export(self.lot.choice(["click", "click_tracker", "event_board"]), self.lot.choice(KINDS))

    def _import(self) -> Ask:
        return work.upload("click", self.lot.choice(self.versions))

    def _rollback(self) -> Ask:
        return work.rollback("click", 1)

    def _run(self) -> Ask:
        return work.run("Crew", seed=self.lot.randrange(1_000))

    def _dump_import(self) -> Ask:
        return work.dump_import(self.lot.choice(self.dumps))


def dumps(folder: Path) -> tuple[list[bytes], list[Facts]]:
    """Dumps of the same two companies, each time with other people; and what is visible after each."""
    packed: list[bytes] = []
    expected: list[Facts] = []
    for number in range(3):
        people = [f"Person {number}-{index}" for index in range(40)]
        pair = dump_of(*(tiny(name, people=people) for name in COMPANIES))
        place = folder / f"dump-{number}"
        place.mkdir()
        packed.append(zip_of(place, pair))
        expected.append({one.workplace.company.name: (one.workplace, {}) for one in pair.companies})
    return packed, expected


async def packed_version(http: httpx.AsyncClient, slug: str) -> bytes:
    """The upload-ready ZIP of what is registered now."""
    answer = (await http.get(f"/api/package-upload-ready/{slug}", headers={"Prefer": "wait=60"})).json()
    async with httpx.AsyncClient(timeout=60) as anyone:
        return (await anyone.get(answer["download_url"])).content


async def test_random_kills_lose_nothing_and_leave_nothing(platform: Cluster, tmp_path: Path) -> None:
    lot = random.Random(SEED)
    packed, expected = dumps(tmp_path)
    crew = tmp_path / "crew"
    crew.mkdir()
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(platform.ledger())
        https = [await stack.enter_async_context(platform.client(number)) for number in (0, 1)]
        clients = Clients(https, ledger, lot)
        await clients.submit(
            work.dump_import(zip_of(crew, dump_of(tiny("Crew", people=["Ada", "Bo", "Cy"]))))
        )
        await clients.submit(work.dump_import(packed[0]))
        await ledger.balanced(seconds=BALANCE_SECONDS)
        original = await packed_version(https[0], "click")
        versions = [edited(original, line=f"# version {number}") for number in range(4)]

        killed = await kill_at_random(platform, clients, Load(versions, packed, lot))
        await ledger.balanced(seconds=BALANCE_SECONDS)
        installed = members(await packed_version(https[0], "click"))

    assert sum(killed.values()) == KILLS
    print(f"{killed}, {len(ledger.accepted)} jobs, {len(ledger.events)} events, {ledger.heard} deliveries")
    assert installed in [members(version) for version in (original, *versions)]
    await assert_at_rest(platform, ledger, expected)


async def kill_at_random(platform: Cluster, clients: Clients, load: Load) -> Counter[str]:
    """How often each service was killed, with work under way all the time."""
    killed: Counter[str] = Counter()
    waiting: set[asyncio.Task[str]] = set()
    async with supervised(platform.processes):
        while sum(killed.values()) < KILLS:
            for _ in range(min(ASKS, MOST_WAITING - len(waiting))):
                waiting.add(asyncio.create_task(clients.submit(load.next())))
            await asyncio.sleep(load.lot.uniform(*PAUSE_SECONDS))  # the kill comes at any moment
            if at_work := [
                name for name, one in platform.processes.items() if one.running and one.is_ready()
            ]:
                name = load.lot.choice(at_work)
                platform.processes[name].kill()
                killed[name.partition("-")[0]] += 1
            done = {task for task in waiting if task.done()}
            waiting -= done
            await asyncio.gather(*done)
        await asyncio.gather(*waiting)
    return killed


async def assert_at_rest(platform: Cluster, ledger: Ledger, expected: list[Facts]) -> None:
    async with platform.parts(AT_ONCE) as parts:
        await assert_all_ended_well(parts.database, ledger)
        found = await facts(parts.database)
        assert {name: found[name] for name in COMPANIES} in expected
        await assert_runs_ended(parts.database)
        await assert_experiments_whole(Importer.of(parts))
        await sweep_everything(parts)
        assert await orphans(parts) == set()
        assert await missing(parts) == set()
        await assert_no_row_is_left(parts.database)
