"""Generations of rows: registered before their first row, live after a switch, retired by the next, then swept.

A crash at any moment leaves at most a registered generation that nobody names; the sweep removes its rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from libs.common.database.client import Database, Session
from libs.common.database.collections import (
    BENCHMARK_EMPLOYEES,
    BENCHMARK_GENERATIONS,
    BENCHMARK_ROSTERS,
    BENCHMARK_SHIFTS,
)
from libs.common.errors import Unavailable
from libs.common.events.envelope import new_id

ROW_COLLECTIONS: Final = (BENCHMARK_SHIFTS, BENCHMARK_EMPLOYEES, BENCHMARK_ROSTERS)
BATCH_ROWS: Final = 500
"""Rows of one insert; an employee's year has about 2 KB, and no single write should keep the disk for long."""
RETIRED_GRACE: Final = timedelta(minutes=10)
"""Whoever has just read a company document may still be reading the rows that it names."""


class State(StrEnum):
    WRITING = "writing"
    LIVE = "live"
    RETIRED = "retired"


class GenerationGone(Unavailable):
    """The rows that were written for this switch have been swept; it starts anew."""

    code = "generation-gone"


class Generations:
    """Writes rows that nobody sees yet, and removes those that nobody sees any more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._generations = database[BENCHMARK_GENERATIONS]

    async def start(self) -> str:
        """The name of a new generation."""
        name = new_id()
        await self._generations.insert_one(
            {"_id": name, "state": State.WRITING.value, "since": datetime.now(UTC)}
        )
        return name

    async def add(self, generation: str, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows in their order; they keep it as `position`."""
        for start in range(0, len(rows), BATCH_ROWS):
            batch = [
                {"generation": generation, "position": start + index, **row}
                for index, row in enumerate(rows[start : start + BATCH_ROWS])
            ]
            await self._database[collection].insert_many(batch, ordered=False)

    async def switch(self, new: Iterable[str], old: Iterable[str], session: Session) -> None:
        """Part of the transaction that makes generations visible. Raises: GenerationGone."""
        fresh, now = sorted(set(new)), datetime.now(UTC)
        if fresh:
            done = await self._generations.update_many(
                {"_id": {"$in": fresh}, "state": State.WRITING.value},
                {"$set": {"state": State.LIVE.value, "since": now}},
                session=session,
            )
            if done.matched_count != len(fresh):
                raise GenerationGone
        await self._generations.update_many(
            {"_id": {"$in": sorted(set(old))}},
            {"$set": {"state": State.RETIRED.value, "since": now}},
            session=session,
        )

    async def discard(self, generations: Iterable[str]) -> None:
        """Give up what was written for a switch that does not happen; the next sweep removes it."""
        await self._generations.update_many(
            {"_id": {"$in": sorted(set(generations))}, "state": State.WRITING.value},
            {"$set": {"state": State.RETIRED.value, "since": datetime.fromtimestamp(0, UTC)}},
        )

    async def sweep(self, *, abandoned_after: timedelta) -> int:
        """Remove all that nobody sees; returns how many."""
        names = [name async for name, _ in self.unseen(abandoned_after=abandoned_after)]
        return sum([await self.remove(name) for name in names])

    async def unseen(self, *, abandoned_after: timedelta) -> AsyncIterator[tuple[str, datetime]]:
        """Retired generations, and written ones whose writer must have died, each with since when it is that."""
        now = datetime.now(UTC)
        dead = {
            "$or": [
                {"state": State.RETIRED.value, "since": {"$lt": now - RETIRED_GRACE}},
                {"state": State.WRITING.value, "since": {"$lt": now - abandoned_after}},
            ]
        }
        async for document in self._generations.find(dead, {"since": 1}):
            yield document["_id"], document["since"]

    async def remove(self, name: str) -> int:
        """Its rows and then itself, unless it is live; returns how many went."""
        # A writer that is only slow finds its generation retired when it switches, and starts anew.
        named: dict[str, Any] = {"_id": name}
        await self._generations.update_one(
            named | {"state": State.WRITING.value}, {"$set": {"state": State.RETIRED.value}}
        )
        if await self._generations.find_one(named | {"state": State.RETIRED.value}, {"_id": 1}) is None:
            return 0
        for collection in ROW_COLLECTIONS:
            await self._database[collection].delete_many({"generation": name})
        return (await self._generations.delete_one(named)).deleted_count
