"""One change stream per process tells its consumers which queue has something new.

It is a hint, never the truth: consumers also look by themselves now and then, so a hint lost with the connection
costs a little time and no message.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from libs.common.bus import BusUnavailable
from libs.common.bus.embedded.store import WOKEN_SEPARATOR, reaching
from libs.common.database.client import Collection, Document

log = structlog.get_logger(__name__)

OPEN_SECONDS = 10.0
REOPEN_SECONDS = 1.0
AWAIT_MS = 1_000
"""The database holds an idle request for so long: one cheap round trip per second, and a prompt end."""
PIPELINE: list[Document] = [
    {
        "$match": {
            "$or": [
                {"operationType": "insert"},
                {"operationType": "update", "updateDescription.updatedFields.woken": {"$exists": True}},
            ]
        }
    },
    {"$project": {"queue": "$fullDocument.queue", "woken": "$updateDescription.updatedFields.woken"}},
]


class Wakeups:
    """Opened when the first consumer listens."""

    def __init__(self, messages: Collection) -> None:
        self._messages = messages
        self._listening: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._is_open = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, queue: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the queue may have a message. Raises: BusUnavailable."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        event = asyncio.Event()
        self._listening[queue].add(event)
        try:
            await self._wait_until_open()
            yield event
        finally:
            self._listening[queue].discard(event)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _wait_until_open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._is_open.wait()
        except TimeoutError as error:
            raise BusUnavailable("The message store's change stream does not open") from error

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow()
            except BusUnavailable as error:
                log.warning("The change stream of the message store broke", error=error.detail)
            self._is_open.clear()
            await asyncio.sleep(REOPEN_SECONDS)

    async def _follow(self) -> None:
        """Raises: BusUnavailable, when the stream could not be resumed."""
        stream = self._messages.watch(PIPELINE, max_await_time_ms=AWAIT_MS)
        try:
            with reaching():
                await stream.__aenter__()
            self._is_open.set()
            self._wake(*self._listening)
            while stream.alive:
                with reaching():
                    change = await stream.try_next()
                if change is not None:
                    self._wake(change.get("queue") or change["woken"].rpartition(WOKEN_SEPARATOR)[0])
        finally:
            with reaching():
                await stream.close()

    def _wake(self, *queues: str) -> None:
        for queue in queues:
            for event in self._listening.get(queue, ()):
                event.set()
