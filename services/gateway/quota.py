"""How many jobs one caller may have waiting, so that nobody buries the others' work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from libs.common.errors import TooMany
from libs.common.jobs.store import JobStore

COUNT_AGAIN_SECONDS: Final = 1.0
"""How long a count is gone by; what is accepted here meanwhile is added to it."""
REMEMBER_LIMIT: Final = 1_000
"""Counts remembered at once: a bound for memory, far above the number of callers within a second."""


@dataclass
class _Counted:
    waiting: int
    until: float


class Quota:
    """Per caller and kind of job. Several gateways together may let through what one accepts in a second."""

    def __init__(self, jobs: JobStore, limit: int) -> None:
        self._jobs = jobs
        self._limit = limit
        self._counts: dict[tuple[str, str], _Counted] = {}

    async def take(self, email: str, kind: str) -> None:
        """Count one more. Raises: TooMany."""
        now = asyncio.get_running_loop().time()
        counted = self._counts.get((email, kind))
        if counted is None or counted.until < now:
            counted = await self._count(email, kind, now)
        if counted.waiting >= self._limit:
            raise TooMany(
                f"{self._limit:,} jobs of yours wait for `{kind}` already; send more when some are done."
            )
        counted.waiting += 1

    async def _count(self, email: str, kind: str, now: float) -> _Counted:
        waiting = await self._jobs.waiting_of(email, kind, limit=self._limit)
        if len(self._counts) >= REMEMBER_LIMIT:
            self._counts.clear()
        counted = self._counts[email, kind] = _Counted(waiting, now + COUNT_AGAIN_SECONDS)
        return counted
