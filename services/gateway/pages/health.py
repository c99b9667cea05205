"""How the parts are, as pages show it; looked at by whoever asks first, and remembered for a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pymongo.errors import PyMongoError

from libs.common.database.client import check as check_database
from libs.common.database.collections import JOBS
from libs.common.errors import EntrepotError
from libs.common.jobs.model import JobState
from libs.common.parts import Parts

FRESH_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 2.0
"""A part that takes longer to say that it is there is as good as down."""
PATIENCE: Final = timedelta(seconds=60)
"""A job that has waited longer than this for a worker says that there are too few, or none."""


class PartState(StrEnum):
    """From best to worst."""

    UP = "up"
    BUSY = "busy"
    DOWN = "down"


@dataclass(frozen=True)
class PartHealth:
    name: str
    state: PartState
    detail: str


@dataclass(frozen=True)
class Health:
    """All parts at one look."""

    parts: tuple[PartHealth, ...]

    @property
    def state(self) -> PartState:
        """The worst of all."""
        return max((part.state for part in self.parts), key=list(PartState).index)

    @property
    def summary(self) -> str:
        worst = [part.name for part in self.parts if part.state is self.state]
        return "all parts up" if self.state is PartState.UP else f"{', '.join(worst)} {self.state}"


class HealthWatch:
    """Looks at most every few seconds, however many ask."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looking = asyncio.Lock()
        self._latest: tuple[Health, float] | None = None

    async def read(self) -> Health:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._latest is None or now - self._latest[1] > FRESH_SECONDS:
                self._latest = (await self._look(), now)
            return self._latest[0]

    async def _look(self) -> Health:
        looks = (
            _look_at("database", check_database(self._parts.database)),
            _look_at("messages", self._parts.bus.check()),
            _look_at("storage", self._parts.blobs.check()),
            self._look_at_workers(),
        )
        return Health(tuple(await asyncio.gather(*looks)))

    async def _look_at_workers(self) -> PartHealth:
        waiting = {"state": JobState.QUEUED, "not_before": {"$lt": datetime.now(UTC) - PATIENCE}}
        try:
            oldest = await self._parts.database[JOBS].find_one(waiting, {"kind": 1}, sort=[("_id", 1)])
        except PyMongoError:
            return PartHealth("workers", PartState.DOWN, "cannot be asked without the database")
        if oldest is None:
            return PartHealth("workers", PartState.UP, "take each job within a minute")
        noun = str(oldest["kind"]).removesuffix(".request")
        return PartHealth(
            "workers", PartState.BUSY, f"a job ({noun}) waits for more than a minute: is its service running?"
        )


async def _look_at(name: str, check: Awaitable[None]) -> PartHealth:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check
    except TimeoutError:
        return PartHealth(name, PartState.DOWN, f"does not answer within {CHECK_SECONDS:.0f} seconds")
    except EntrepotError as error:
        return PartHealth(name, PartState.DOWN, error.detail)
    return PartHealth(name, PartState.UP, "answers")
