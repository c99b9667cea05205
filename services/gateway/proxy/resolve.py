"""What is registered and hosted under a slug, read from the database and remembered for an instant."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from libs.common.hosting import CACHE_SECONDS, Hosting, Hostings
from libs.common.manifest.slug import is_slug
from libs.common.registry import ExperimentNotFound, Registry
from services.gateway.proxy.policy import Entrance

REMEMBER_LIMIT: Final = 1_000
"""Slugs remembered at once: a bound for memory, far above the number of experiments that are used at once."""


@dataclass(frozen=True)
class Experiment:
    """An active experiment; `hosting` is None where it was never started."""

    slug: str
    entrance: Entrance
    hosting: Hosting | None


@dataclass(frozen=True)
class _Reading:
    began: float
    task: asyncio.Task[Experiment | None]


class Experiments:
    """Finds experiments; however many requests ask at once, the database is asked once."""

    def __init__(self, registry: Registry, hostings: Hostings) -> None:
        self._registry = registry
        self._hostings = hostings
        self._readings: dict[str, _Reading] = {}

    async def find(self, slug: str, *, fresh: bool = False) -> Experiment:
        """As it was at most `CACHE_SECONDS` ago, or now. Raises: ExperimentNotFound, where it is not active too."""
        if not is_slug(slug):
            raise ExperimentNotFound("There is no experiment of that name.")
        now = asyncio.get_running_loop().time()
        reading = self._readings.get(slug)
        # A slow answer was true when it was asked for, so its age counts from there.
        if fresh or reading is None or now - reading.began > CACHE_SECONDS:
            reading = self._begin(slug, now)
        task = reading.task
        found = task.result() if task.done() else await asyncio.shield(task)  # others may wait for it as well
        if found is None:
            raise ExperimentNotFound(f"There is no active experiment {slug!r}.")
        return found

    def _begin(self, slug: str, now: float) -> _Reading:
        if len(self._readings) >= REMEMBER_LIMIT:
            self._readings.clear()
        reading = self._readings[slug] = _Reading(now, asyncio.create_task(self._read(slug)))
        return reading

    async def _read(self, slug: str) -> Experiment | None:
        try:
            registered = await self._registry.get_active(slug)
        except ExperimentNotFound:
            return None
        return Experiment(slug, Entrance.of(registered.effective), await self._hostings.get(slug))
