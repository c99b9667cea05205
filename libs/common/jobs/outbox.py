"""From the outbox to the bus: right after the commit by the writer, later by any replica that finds leftovers."""

from __future__ import annotations

import asyncio

import structlog
from pymongo.errors import PyMongoError

from libs.common.bus import Bus, BusUnavailable, Unroutable
from libs.common.jobs.model import Job
from libs.common.jobs.store import JobStore

PUBLISH_SECONDS = 5.0
"""A request does not wait longer for the broker; the relay publishes what is left."""
RELAY_SECONDS = 5.0
"""Pause between two looks for leftovers."""
RELAY_BATCH = 200
"""Jobs relayed per look; keeps memory bounded after a long outage of the broker."""

log = structlog.get_logger(__name__)


class Outbox:
    """Publishes what job documents hold for the bus. Messages may be published twice; their ids stay the same."""

    def __init__(self, store: JobStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus

    async def flush(self, job: Job) -> bool:
        """Publish a job's messages in order; False if the broker did not take all of them."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                for entry in job.outbox:
                    await self._bus.publish(entry)
            if job.outbox:
                await self._store.published(job.id, job.outbox)
        except (BusUnavailable, Unroutable, TimeoutError, PyMongoError) as error:
            log.warning("messages stay in the outbox", job=job.id, reason=str(error) or type(error).__name__)
            return False
        return True

    async def relay(self) -> int:
        """Publish leftovers; returns of how many jobs."""
        relayed = 0
        for job in await self._store.unpublished(older_than=PUBLISH_SECONDS, limit=RELAY_BATCH):
            if not await self.flush(job):
                break
            relayed += 1
        return relayed

    async def run(self) -> None:
        """Relay for ever, through outages of bus and database; cancelled at shutdown."""
        while True:
            try:
                relayed = await self.relay()
            except PyMongoError as error:
                log.warning("nothing can be relayed just now", reason=type(error).__name__)
                relayed = 0
            if relayed < RELAY_BATCH:
                await asyncio.sleep(RELAY_SECONDS)
