"""Writes the event log: of all gateways, the one that holds the lease, so that events stay in their order.

Should two believe for a moment that they hold it, the log is still whole (`services.gateway.events.log`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from pymongo.errors import ConnectionFailure, PyMongoError

from libs.common.bus import Bus, BusUnavailable
from libs.common.database.client import Database
from libs.common.events.envelope import Message
from libs.common.leadership import Leadership
from services.gateway.events.entry import EVERYTHING
from services.gateway.events.log import EventLog

TASK: Final = "event-log"
QUEUE: Final = "gateway.event-log"
"""Durable: what is published while no gateway runs is written by the next one."""
LEASE_SECONDS: Final = 5.0
ROUND_SECONDS: Final = 1.0
"""Pause between two renewals of the lease, or two looks whether it is free."""
AGAIN_SECONDS: Final = 1.0
"""Pause before an event is tried again; it is held as long as the database is out of reach."""
SWEEP_SECONDS: Final = 600.0

log = structlog.get_logger(__name__)


class Recorder:
    def __init__(self, database: Database, bus: Bus, events: EventLog) -> None:
        self._bus = bus
        self._events = events
        self._leadership = Leadership(database, TASK, seconds=LEASE_SECONDS)
        self._looked = asyncio.Event()
        self._swept_at = -SWEEP_SECONDS

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Once entered, this gateway or another one receives all that is published from then on."""
        task = asyncio.create_task(self._run())
        try:
            await self._looked.wait()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                if await self._leadership.hold():
                    await self._lead()
            except (PyMongoError, BusUnavailable) as error:
                log.warning("the event log is not written just now", reason=type(error).__name__)
            self._looked.set()
            await asyncio.sleep(ROUND_SECONDS)

    async def _lead(self) -> None:
        try:
            async with self._bus.subscribe([EVERYTHING], self._record, queue=QUEUE):
                self._looked.set()
                while await self._leadership.hold():
                    await self._sweep()
                    await asyncio.sleep(ROUND_SECONDS)
        finally:
            await self._leadership.give_up()

    async def _record(self, event: Message) -> None:
        """Without a bound of tries: an event that was given back too often would be lost to the log."""
        while True:
            try:
                return await self._events.append(event)
            except ConnectionFailure as error:
                log.warning("an event waits for the database", reason=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = now
            await self._events.sweep()
