"""`kill -9` of any process at any moment: accepted jobs end, each once, and no experiment is half installed."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import connect
from libs.common.events.envelope import Message
from libs.common.events.jobs import TERMINAL_PATTERNS
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.e2e.road import edited, export, members
from tests.servers.entrepot import Up, up

SEED = 20_261_122
KILLS = 8
VERSIONS = 4
VICTIMS = ("exporter", "importer", "gateway", "mongod")
DEADLINE = 90.0


class Ledger:
    """What was accepted, and which terminal events were told of it."""

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self.told: dict[str, set[str]] = defaultdict(set)

        self._news = asyncio.Event()

    async def hear(self, event: Message) -> None:
        self.told[event.correlation_id].add(event.id)
        self._news.set()

    async def balanced(self) -> None:
        """Return when every accepted job has ended. Raises: TimeoutError."""
        async with asyncio.timeout(DEADLINE):
            while self.accepted - self.told.keys():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(home: Path, ledger: Ledger) -> AsyncIterator[None]:
    database = connect(resolve_mongo_uri(Settings(home=home)), "entrepot")
    bus = await open_embedded_bus(database, service="ledger")
    try:
        async with bus.subscribe(TERMINAL_PATTERNS, ledger.hear, queue="ledger"):
            yield
    finally:
        await bus.close()
        database.client.close()


async def submit(http: httpx.AsyncClient, ledger: Ledger, versions: list[bytes], lot: random.Random) -> None:
    """Ask for one more piece of work, under one key, until the gateway has accepted it."""
    key = {"Idempotency-Key": f"{lot.getrandbits(64):x}"}
    version, kind = lot.choice(versions), lot.choice(["upload", "standalone", "docker", "upload-ready"])
    async with asyncio.timeout(DEADLINE):
        while (response := await _ask(http, key, kind, version)) is None:
            await asyncio.sleep(0.2)  # as a client that minds Retry-After would
    ledger.accepted.add(response.json()["job_id"])


async def _ask(
    http: httpx.AsyncClient, key: dict[str, str], kind: str, version: bytes
) -> httpx.Response | None:
    """The acceptance, or None while the gateway or something behind it is down."""
    try:
        if kind == "upload":
            files = {"file": ("click_upload.zip", version, "application/zip")}
            response = await http.post("/admin/api/upload-experiment", files=files, headers=key)
        else:
            response = await http.get(f"/api/package-{kind}/click", headers=key)
    except httpx.TransportError:
        return None
    assert response.status_code in {200, 202, 503}, response.text
    return response if response.status_code != 503 else None


def victim(platform: Up, name: str) -> psutil.Process | None:
    if name != "mongod":
        return platform.service(name)
    return platform.embedded("mongod")


@pytest.mark.timeout(300)
async def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    lot = random.Random(SEED)
    ledger = Ledger()
    with up(tmp_path / "home", JOB_LEASE_SECONDS=2, IDLE_POLL_SECONDS=0.5) as platform:
        with httpx.Client(base_url=platform.base_url, timeout=60) as client:
            original = export(client, "click", "upload-ready")
        versions = [edited(original, line=f"# version {n}") for n in range(VERSIONS)]
        headers = {"Prefer": "respond-async"}
        async with (
            listening(tmp_path / "home", ledger),
            httpx.AsyncClient(base_url=platform.base_url, timeout=30, headers=headers) as http,
        ):
            for _ in range(KILLS):
                work = [asyncio.create_task(submit(http, ledger, versions, lot)) for _ in range(3)]
                await asyncio.wait(work, timeout=lot.uniform(0.05, 0.5))  # the kill comes at any moment
                if process := victim(platform, lot.choice(VICTIMS)):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                await asyncio.gather(*work)
            await ledger.balanced()
            states = {}
            for job_id in ledger.accepted:
                response = await http.get(f"/api/jobs/{job_id}")
                states[job_id] = response.json()["state"]
        with httpx.Client(base_url=platform.base_url, timeout=60) as client:
            installed = members(export(client, "click", "upload-ready"))

    assert len(ledger.accepted) == 3 * KILLS
    assert set(states.values()) == {"succeeded"}
    assert {len(events) for events in ledger.told.values()} == {1}
    assert installed in [members(version) for version in (original, *versions)]
