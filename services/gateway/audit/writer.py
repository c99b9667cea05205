"""Writes entries durably before their requests are answered: those that come together in one write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from libs.common.audit import AuditEntry, AuditLog
from libs.common.gathering import Gathering

BATCH: Final = 200
"""Entries of one write; more requests than that do not end within the milliseconds that a write takes."""

log = structlog.get_logger(__name__)


class AuditWriter:
    """One write is under way at a time; what comes meanwhile goes with the next."""

    def __init__(self, audit: AuditLog) -> None:
        self.audit = audit
        self._writes: Gathering[AuditEntry, None] = Gathering(self._write, most=BATCH)

    async def note(self, entry: AuditEntry) -> None:
        """Return when it is written; where that cannot be done, the log of the service has it."""
        await self._writes.do(entry)

    async def _write(self, entries: Sequence[AuditEntry]) -> Sequence[None]:
        try:
            await self.audit.record(entries)
        except Exception:  # whatever it was: what was done is done, and is answered
            told = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
            log.exception("audit entries could not be written", entries=told)
        return [None] * len(entries)
