"""Runs in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo import DESCENDING, UpdateOne

from libs.common.benchmarks.model import RunDocument, RunState
from libs.common.benchmarks.reading import RunNotFound
from libs.common.database.client import Database, Session
from libs.common.database.collections import BENCHMARK_RUNS
from services.benchmarks.results.document import Result


class Runs:
    """The collection `benchmark_runs`."""

    def __init__(self, database: Database) -> None:
        self._runs = database[BENCHMARK_RUNS]

    async def start(self, run: RunDocument) -> None:
        """A run that is there already goes on; one that had ended is tried again."""
        document = run.as_document()
        running = {name: document.pop(name) for name in ("state", "finished_at")}
        update = {"$setOnInsert": document, "$set": running}
        await self._runs.update_one({"_id": run.id}, update, upsert=True)

    async def finish(self, run_id: str, state: RunState, session: Session | None = None) -> None:
        """Once; a run that has ended stays as it ended."""
        await self._runs.update_one(
            {"_id": run_id, "state": RunState.RUNNING.value},
            {"$set": {"state": state.value, "finished_at": datetime.now(UTC)}},
            session=session,
        )

    async def newest(self, limit: int) -> list[RunDocument]:
        found = self._runs.find().sort("_id", DESCENDING).limit(limit)
        return [RunDocument.model_validate(document) async for document in found]

    async def named(self, text: str) -> RunDocument:
        """By the id, its beginning or its end, if that is only one; `latest` and `previous` are the newest two.

        Raises: RunNotFound.
        """
        recent = {"latest": 0, "previous": 1}
        if text in recent:
            found = (await self.newest(2))[recent[text] :]
        else:
            ids = [document["_id"] async for document in self._runs.find({}, {"_id": 1})]
            matching = [
                run_id for run_id in ids if text and (run_id.startswith(text) or run_id.endswith(text))
            ]
            wanted = [text] if text in ids else matching
            found = [
                RunDocument.model_validate(await self._runs.find_one({"_id": run_id}))
                for run_id in wanted[:2]
            ]
            if len(found) > 1:
                raise RunNotFound(f"{len(matching)} runs begin or end in {text!r}.")
        if not found:
            raise RunNotFound(f"There is no run {text!r}; see `manage.py benchmarks runs`.")
        return found[0]

    async def take_over(self, results: Sequence[Result], session: Session) -> None:
        """Runs of which a dump has results."""
        by_run: dict[str, list[Result]] = {}
        for result in results:
            by_run.setdefault(result.run, []).append(result)
        writes = [
            UpdateOne({"_id": run}, {"$setOnInsert": _imported(run, of_run).as_document()}, upsert=True)
            for run, of_run in by_run.items()
        ]
        if writes:
            await self._runs.bulk_write(writes, ordered=False, session=session)


def _imported(run: str, results: Sequence[Result]) -> RunDocument:
    ended = max(result.finished_at for result in results)
    return RunDocument(
        id=run,
        state=RunState.COMPLETED,
        requested_by="a dump",
        companies=sorted({result.company for result in results}),
        algorithms=sorted({result.algorithm for result in results}),
        seeds=sorted({result.seed for result in results}),
        time_limit=0,
        year=results[0].year,
        holidays=results[0].holidays,
        created_at=ended,
        finished_at=ended,
    )
