"""What was accepted, and what was told of it: the two sides that must balance whatever is broken meanwhile."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from libs.common.bus import Bus
from libs.common.events.envelope import Message
from libs.common.events.jobs import TERMINAL_PATTERNS

EVERYTHING = ("#",)


def is_terminal(event: Message) -> bool:
    return any(fnmatchcase(event.routing_key, pattern) for pattern in TERMINAL_PATTERNS)


@dataclass
class Ledger:
    """Jobs by id, and the terminal events heard of each, by their ids."""

    accepted: set[str] = field(default_factory=set)
    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    events: dict[str, Message] = field(default_factory=dict)
    """Every event that was heard, by id."""
    doubles: set[str] = field(default_factory=set)
    """Ids under which two different events came."""
    heard: int = 0
    """Deliveries, repeated ones included."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, event: Message) -> None:
        self.heard += 1
        if self.events.setdefault(event.id, event) != event:
            self.doubles.add(event.id)
        if is_terminal(event):
            self.told[event.correlation_id].add(event.id)
        self._news.set()

    async def balanced(self, *, seconds: float) -> None:
        """Return when the end of every accepted job has been told. Raises: TimeoutError that names the others."""
        try:
            async with asyncio.timeout(seconds):
                while self.open_jobs():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"Not ended within {seconds} s: {sorted(self.open_jobs())}") from None

    def open_jobs(self) -> set[str]:
        return self.accepted - self.told.keys()

    def ends(self) -> dict[str, int]:
        """How many different ends were told of each accepted job."""
        return {job_id: len(self.told[job_id]) for job_id in self.accepted}


@asynccontextmanager
async def listening(
    bus: Bus, ledger: Ledger, patterns: Sequence[str] = EVERYTHING, *, queue: str = "ledger"
) -> AsyncIterator[None]:
    """By a durable subscription, which misses nothing while the broker or the listener is away."""
    async with bus.subscribe(patterns, ledger.hear, queue=queue):
        yield
