"""Results of all runs, one document per run, company, algorithm and seed; rosters of all seeds lie in storage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import DESCENDING, UpdateOne

from libs.common.database.client import Database, Document, Session
from libs.common.database.collections import BENCHMARK_RESULTS
from services.benchmarks.results.document import Result


class StoredResult(Result):
    """A result with what only the platform that computed it knows."""

    problem_digest: str | None = None
    """Of company, people and calendar; the same work has the same digest."""
    time_limit: float | None = None
    roster_key: str | None = None
    """In storage; None for results that came with a dump."""
    recognised: bool = False
    """Taken over from an earlier run with the same seed."""

    @property
    def identity(self) -> Document:
        return {"run": self.run, "company": self.company, "algorithm": self.algorithm, "seed": self.seed}


class Results:
    """The collection `benchmark_results`."""

    def __init__(self, database: Database) -> None:
        self._results = database[BENCHMARK_RESULTS]

    async def record(self, result: StoredResult) -> None:
        """Idempotent: the first one that is completed stays."""
        identity = result.identity
        await self._results.update_one(
            identity | {"status": {"$ne": "completed"}}, {"$set": result.model_dump()}, upsert=True
        )

    async def take_over(self, results: Sequence[Result], session: Session) -> None:
        """Add results of a dump; what is recorded here already stays."""
        writes = [_insert(StoredResult(**result.model_dump())) for result in results]
        if writes:
            await self._results.bulk_write(writes, ordered=False, session=session)

    async def of_run(self, run: str) -> list[StoredResult]:
        """In the order in which they ended."""
        return await self._read({"run": run})

    async def of_companies(self, names: Iterable[str]) -> list[StoredResult]:
        return await self._read({"company": {"$in": list(names)}})

    async def same_work(self, wanted: StoredResult) -> StoredResult | None:
        """The newest completed result with the same problem, seed and effort, of any run."""
        document = await self._results.find_one(
            {
                "company": wanted.company,
                "algorithm": wanted.algorithm,
                "seed": wanted.seed,
                "problem_digest": wanted.problem_digest,
                "budget": wanted.budget,
                "time_limit": wanted.time_limit,
                "status": "completed",
                "versions": wanted.versions,
                "roster_key": {"$ne": None},
            },
            sort=[("_id", DESCENDING)],
        )
        return StoredResult.model_validate(document) if document else None

    async def _read(self, criteria: dict[str, Any]) -> list[StoredResult]:
        found = self._results.find(criteria).sort([("finished_at", 1), ("_id", 1)])
        return [StoredResult.model_validate(document) async for document in found]


def _insert(result: StoredResult) -> UpdateOne:
    return UpdateOne(result.identity, {"$setOnInsert": result.model_dump()}, upsert=True)
