"""The parts that a service runs on. Here, and only here, embedded or real adapters are chosen (DESIGN §2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from libs.common.blobs import BlobStore
from libs.common.blobs.factory import open_blobs
from libs.common.bus import Bus
from libs.common.bus.factory import open_bus
from libs.common.database.client import Database
from libs.common.database.client import check as check_database
from libs.common.database.opening import open_database
from libs.common.jobs.store import JobStore
from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.common.telemetry.blobs import ObservedBlobs
from libs.common.telemetry.bus import ObservedBus
from libs.common.telemetry.tracing import tracing


@dataclass(frozen=True)
class Parts:
    """What a service's own code may use."""

    settings: Settings
    limits: Limits
    database: Database
    bus: Bus
    blobs: BlobStore
    jobs: JobStore

    async def check(self) -> None:
        """Reach each part once. Raises: Unavailable, naming the first that is out of reach."""
        await check_database(self.database)
        await self.bus.check()
        await self.blobs.check()


@asynccontextmanager
async def open_parts(settings: Settings, limits: Limits, *, service: str) -> AsyncIterator[Parts]:
    """Connect everything, and close it in reverse. Raises: Unavailable, Misconfigured, SchemaTooNew."""
    settings.require_shared_storage()
    async with AsyncExitStack() as stack:
        stack.enter_context(tracing(service))
        database = await stack.enter_async_context(open_database(settings))
        bus = await open_bus(settings, database, service=service)
        stack.push_async_callback(bus.close)
        blobs = await open_blobs(settings, database)
        stack.push_async_callback(blobs.close)
        jobs = JobStore(database, lease_seconds=limits.job_lease_seconds)
        yield Parts(settings, limits, database, ObservedBus(bus), ObservedBlobs(blobs), jobs)
