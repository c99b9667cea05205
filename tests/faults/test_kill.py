"""`kill -9` of any process at any moment: accepted jobs end, each once, and no experiment is half installed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import connect
from libs.common.events.jobs import TERMINAL_PATTERNS
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.e2e.road import KINDS, edited, export, members
from tests.faults import work
from tests.faults.ledger import Ledger, listening
from tests.faults.work import Ask, Clients
from tests.servers.entrepot import Up, up

SEED = 20_261_122
KILLS = 8
VERSIONS = 4
VICTIMS = ("exporter", "importer", "gateway", "mongod")
DEADLINE = 90.0


@asynccontextmanager
async def hearing(home: Path) -> AsyncIterator[Ledger]:
    database = connect(resolve_mongo_uri(Settings(home=home)), "entrepot")
    bus = await open_embedded_bus(database, service="ledger")
    ledger = Ledger()
    try:
        async with listening(bus, ledger, TERMINAL_PATTERNS):
            yield ledger
    finally:
        await bus.close()
        database.client.close()


def ask(lot: random.Random, versions: list[bytes]) -> Ask:
    kind = lot.choice(["upload", *KINDS])
    return work.upload("click", lot.choice(versions)) if kind == "upload" else work.export("click", kind)


def victim(platform: Up, name: str) -> psutil.Process | None:
    if name != "mongod":
        return platform.service(name)
    return platform.embedded("mongod")


@pytest.mark.timeout(300)
async def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    lot = random.Random(SEED)
    with up(tmp_path / "home", JOB_LEASE_SECONDS=2, IDLE_POLL_SECONDS=0.5) as platform:
        with httpx.Client(base_url=platform.base_url, timeout=60) as client:
            original = export(client, "click", "upload-ready")
        versions = [edited(original, line=f"# version {n}") for n in range(VERSIONS)]
        headers = {"Prefer": "respond-async"}
        async with (
            hearing(tmp_path / "home") as ledger,
            httpx.AsyncClient(base_url=platform.base_url, timeout=30, headers=headers) as http,
        ):
            clients = Clients([http], ledger, lot)
            for _ in range(KILLS):
                asking = [asyncio.create_task(clients.submit(ask(lot, versions))) for _ in range(3)]
                await asyncio.wait(asking, timeout=lot.uniform(0.05, 0.5))  # the kill comes at any moment
                if process := victim(platform, lot.choice(VICTIMS)):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                await asyncio.gather(*asking)
            await ledger.balanced(seconds=DEADLINE)
            states = {}
            for job_id in ledger.accepted:
                response = await http.get(f"/api/jobs/{job_id}")
                states[job_id] = response.json()["state"]
        with httpx.Client(base_url=platform.base_url, timeout=60) as client:
            installed = members(export(client, "click", "upload-ready"))

    assert len(ledger.accepted) == 3 * KILLS
    assert set(states.values()) == {"succeeded"}
    assert set(ledger.ends().values()) == {1}
    assert installed in [members(version) for version in (original, *versions)]
