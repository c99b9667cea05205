"""One task per gateway follows the log for all of its readers (docs/events.md).

A reader is no more than a position in the log: nothing is buffered for it. Near the end of the log it reads from the
ring, further back from the database, so a slow one costs no memory and misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from services.gateway.events.bell import Bell
from services.gateway.events.entry import Entry, Interest
from services.gateway.events.log import Changes, EventLog
from services.gateway.events.ring import Ring

AGAIN_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 15.0
"""Below the idle time-outs of common proxies (60 s)."""
CATCHING_UP: Final = 4
"""Readers that read from the database at the same time; the others wait for their turn."""

log = structlog.get_logger(__name__)


@dataclass
class Reader:
    """Somebody who has been given what he wants of all entries up to `position`."""

    interest: Interest
    position: int


class Feed:
    def __init__(self, events: EventLog) -> None:
        self.events = events
        self.closed = False
        self._ring = Ring(0)
        self._news = Bell()
        self._beats = 0
        self._catching_up = asyncio.Semaphore(CATCHING_UP)

    @property
    def head(self) -> int:
        """The newest number that readers are given."""
        return self._ring.head

    async def oldest(self) -> int:
        """The first number that can still be read."""
        return min(self._ring.floor + 1, await self.events.oldest())

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        self._ring = Ring(await self.events.last())
        tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._beat())]
        try:
            yield
        finally:
            self.release()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def release(self) -> None:
        """Let every reader go; from here on nothing is read."""
        self.closed = True
        self._news.ring()

    async def read(self, reader: Reader) -> list[Entry]:
        """The next entries that this reader wants; none if there were none for a beat, or when the feed has closed.

        One beat for all readers together: a timer for each would cost more than what they are told. Raises:
        PyMongoError.
        """
        beats = self._beats
        while not self.closed and self._beats == beats:
            if reader.position >= self.head:
                await self._news.wait()
            elif entries := await self.advance(reader):
                return entries
        return []

    async def wait_beyond(self, number: int, *, seconds: float) -> None:
        """Return when there are entries after that number, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.head <= number and not self.closed:
                    await self._news.wait()

    async def advance(self, reader: Reader) -> list[Entry]:
        """The next entries of those that are there already, of which there may be none that this reader wants.

        Raises: PyMongoError.
        """
        if reader.position >= self._ring.floor:
            batch = self._ring.after(reader.position)
            reader.position = batch[-1].number
            return [entry for entry in batch if reader.interest.wants(entry)]
        async with self._catching_up:
            read = await self.events.read(reader.interest, after=reader.position, to=self.head)
        reader.position = read.read_to
        return read.entries

    async def _follow(self) -> None:
        while True:
            try:
                async with self.events.changes() as changes:
                    await self._keep_up(changes)
            except PyMongoError as error:
                log.warning("the event log cannot be followed just now", reason=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _keep_up(self, changes: Changes) -> None:
        while True:
            last = await self.events.last()
            while self.head < last:
                batch = await self.events.read(Interest(), after=self.head, to=last)
                for entry in batch.entries:
                    self._ring.push(entry)
                self._news.ring()
            while not await changes.beyond(self.head):
                pass

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._beats += 1
            self._news.ring()
