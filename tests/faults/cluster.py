"""Replicas of all services on real servers, and a supervisor that brings back whatever is killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from libs.common.bus.rabbit import RabbitBus, open_rabbit_bus
from libs.common.database.client import Database, connect
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from libs.common.settings import Settings
from tests.faults.ledger import Ledger, listening
from tests.servers.binaries import free_port
from tests.servers.entrepot import Process, service, started
from tests.servers.s3 import S3Server

TOKEN = "entrepot_faults-0123456789abcdefgh"
READY_SECONDS = 600.0
LOOK_SECONDS = 0.05
"""Between two looks of the supervisor at its processes."""


@dataclass(frozen=True)
class Servers:
    """Where services find their parts; a test may put something that fails in between."""

    amqp_url: str
    mongo_uri: str
    db_name: str
    s3: S3Server | None = None
    """None where a setting names a folder instead."""

    def environment(self) -> dict[str, object]:
        b2 = {name.upper(): value for name, value in self._b2().items()}
        return {"AMQP_URL": self.amqp_url, "MONGO_URI": self.mongo_uri, "DB_NAME": self.db_name, **b2}

    def settings(self, home: Path) -> Settings:
        given = {name.lower(): value for name, value in self.environment().items()}
        return Settings.model_validate({"home": home, **given})

    def _b2(self) -> dict[str, str]:
        return asdict(self.s3) if self.s3 is not None else {}


@dataclass(frozen=True)
class Cluster:
    """`processes` by `service-number`. `truth` are the servers themselves, past everything that fails."""

    processes: dict[str, Process]
    gateways: list[str]
    truth: Servers
    folder: Path

    def client(self, number: int = 0, **headers: str) -> httpx.AsyncClient:
        """Each request is answered at once, with the job if there is one."""
        authorized = {"Authorization": f"Bearer {TOKEN}", "Prefer": "respond-async", **headers}
        return httpx.AsyncClient(base_url=self.gateways[number], timeout=90, headers=authorized)

    def database(self) -> Database:
        """To be closed by the caller."""
        return connect(self.truth.mongo_uri, self.truth.db_name)

    @asynccontextmanager
    async def parts(self, limits: Limits | None = None) -> AsyncIterator[Parts]:
        """What a service has, for a test that looks at the state or does the work of one."""
        settings = self.truth.settings(self.folder / "test")
        async with open_parts(settings, limits or Limits(), service="test") as parts:
            yield parts

    @asynccontextmanager
    async def bus(self) -> AsyncIterator[RabbitBus]:
        bus = await open_rabbit_bus(self.truth.amqp_url, service="test")
        try:
            yield bus
        finally:
            await bus.close()

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[Ledger]:
        """Hears every event from now on."""
        ledger = Ledger()
        async with self.bus() as bus, listening(bus, ledger):
            yield ledger


@contextmanager
def cluster(
    folder: Path,
    servers: Servers,
    *,
    replicas: Mapping[str, int],
    truth: Servers | None = None,
    settings: Mapping[str, object] | None = None,
    each: Mapping[str, Mapping[str, object]] | None = None,
) -> Iterator[Cluster]:
    """Ready; killed at the end. `settings` are further ones of all services, `each` those of single processes."""
    processes: dict[str, Process] = {}
    gateways: list[str] = []
    shared = {
        "ENTREPOT_ADMIN_TOKEN": TOKEN,
        "JOB_LEASE_SECONDS": 3,
        "IDLE_POLL_SECONDS": 1,
        **(settings or {}),
    }
    for name, count in replicas.items():
        for number in range(count):
            port, key = free_port(), f"{name}-{number}"
            place = {"ENTREPOT_HOME": folder / key, "PORT": port}
            if name == "gateway":
                gateways.append(f"http://127.0.0.1:{port}")
            log = folder / f"{key}.log"
            special = (each or {}).get(key, {})
            processes[key] = service(name, log, **servers.environment(), **shared, **place, **special)
    with started(list(processes.values())):
        yield Cluster(processes, gateways, truth or servers, folder)


@asynccontextmanager
async def supervised(processes: Mapping[str, Process]) -> AsyncIterator[None]:
    """Start again what has ended, as an orchestrator would; at the end all of them run and are ready."""

    async def bring_back() -> None:
        while True:
            for process in processes.values():
                if not process.running:
                    process.launch()
            await asyncio.sleep(LOOK_SECONDS)

    task = asyncio.create_task(bring_back())
    try:
        yield
        async with asyncio.timeout(READY_SECONDS):
            while not all(process.running and process.is_ready() for process in processes.values()):
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
