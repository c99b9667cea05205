"""Work before, in and after an outage, all of which must end well."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.road import KINDS
from tests.faults import work
from tests.faults.audit import assert_all_ended_well
from tests.faults.cluster import Cluster
from tests.faults.ledger import Ledger
from tests.faults.work import Ask, Clients
from tests.integration.services.benchmarks.desk import dump_of, tiny, zip_of
from tests.integration.services.importer.uploads import experiment, zipped

BALANCE_SECONDS = 400.0
"""Longer than the longest pause between two attempts, with what a loaded machine adds."""
SLUGS = ("click", "click_tracker", "event_board")


@dataclass(frozen=True)
class Outage:
    """Clients at work, and what they were promised."""

    http: httpx.AsyncClient
    clients: Clients
    ledger: Ledger
    dump: bytes

    async def burst(self) -> set[str]:
        """Some work of each kind, accepted; the jobs' ids."""
        return set(await asyncio.gather(*(self.clients.submit(ask) for ask in self._asks())))

    async def until_readyz(self, status: int, *, seconds: float = 240) -> None:
        """Raises: TimeoutError."""
        async with asyncio.timeout(seconds):
            while (await self.http.get("/readyz")).status_code != status:
                await asyncio.sleep(0.2)

    def _asks(self) -> list[Ask]:
        lot = self.clients.lot
        version = experiment("faults", version__py=f"number = {lot.getrandbits(32)}\n")
        return [
            *(work.export(lot.choice(SLUGS), kind) for kind in KINDS),
            work.upload("faults", zipped(version)),
            work.dump_import(self.dump),
            work.run("Crew", seed=lot.getrandbits(16)),
        ]


@asynccontextmanager
async def lossless(cluster: Cluster, folder: Path) -> AsyncIterator[Outage]:
    """On leaving, everything that was accepted must end, each once and each well."""
    dump = zip_of(folder, dump_of(tiny("Crew", people=["Ada", "Bo", "Cy"])))
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(cluster.ledger())
        http = await stack.enter_async_context(cluster.client())
        clients = Clients([http], ledger, random.Random(folder.name))  # keys of its own in each test
        outage = Outage(http, clients, ledger, dump)
        await outage.until_readyz(200)
        await clients.submit(work.dump_import(dump))
        await ledger.balanced(seconds=BALANCE_SECONDS)
        await outage.burst()
        yield outage
        await outage.until_readyz(200)
        await outage.burst()
        await ledger.balanced(seconds=BALANCE_SECONDS)
    database = cluster.database()
    try:
        await assert_all_ended_well(database, ledger)
    finally:
        database.client.close()
