"""Writes entries durably before their requests are answered: those that come together in one write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from libs.common.audit import AuditEntry, AuditLog

BATCH: Final = 200
"""Entries of one write; more requests than that do not end within the milliseconds that a write takes."""

log = structlog.get_logger(__name__)


class AuditWriter:
    """One write is under way at a time; what comes meanwhile goes with the next."""

    def __init__(self, audit: AuditLog) -> None:
        self.audit = audit
        self._waiting: asyncio.Queue[tuple[AuditEntry, asyncio.Future[None]]] = asyncio.Queue()

    async def note(self, entry: AuditEntry) -> None:
        """Return when it is written; where that cannot be done, the log of the service has it."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((entry, written))
        await written

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run(), name="audit")
        try:
            yield
        finally:
            while not self._waiting.empty():
                await self._write()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._write()

    async def _write(self) -> None:
        batch = [await self._waiting.get()]
        while len(batch) < BATCH and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        entries = [entry for entry, _ in batch]
        try:
            await self.audit.record(entries)
        except Exception:  # whatever it was: what was done is done, and is answered
            told = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
            log.exception("audit entries could not be written", entries=told)
        finally:
            for _, written in batch:
                if not written.done():
                    written.set_result(None)
