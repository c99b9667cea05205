"""What the benchmarks service keeps, and for how long; results stay until their company is cleared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from libs.common.database.collections import BENCHMARK_RESULTS
from libs.common.parts import Parts
from libs.common.retention import Doomed, Rule, in_words, spare
from libs.common.retention.objects import UnnamedObjects, nothing, uploads
from services.benchmarks.dumps.storing import DUMPS
from services.benchmarks.runs.archive import ROSTERS
from services.benchmarks.store.generations import Generations


def rules(parts: Parts) -> list[Rule]:
    return [uploads(parts), OldGenerations(parts), _rosters(parts), _dumps(parts)]


@dataclass(frozen=True)
class OldGenerations:
    """Rows that no reader sees: replaced by a switch, or left by a writer that died."""

    parts: Parts

    @property
    def kind(self) -> str:
        return "benchmark generations"

    async def find(self) -> AsyncIterator[Doomed]:
        generations = Generations(self.parts.database)
        async for name, since in generations.unseen(abandoned_after=spare(self.parts.limits)):
            yield Doomed(self.kind, name, "no reader sees it", since)

    async def remove(self, doomed: Doomed) -> int:
        return await Generations(self.parts.database).remove(doomed.name)


def _rosters(parts: Parts) -> UnnamedObjects:
    async def named(keys: Sequence[str]) -> set[str]:
        of_result = {"roster_key": {"$in": list(keys)}}
        return set(await parts.database[BENCHMARK_RESULTS].distinct("roster_key", of_result))

    return UnnamedObjects(
        kind="rosters",
        blobs=parts.blobs,
        prefix=ROSTERS,
        age=spare(parts.limits),
        named=named,
        reason="no result names it",
    )


def _dumps(parts: Parts) -> UnnamedObjects:
    seconds = parts.limits.link_seconds
    return UnnamedObjects(
        kind="benchmark dumps",
        blobs=parts.blobs,
        prefix=DUMPS,
        age=timedelta(seconds=seconds),
        named=nothing,
        reason=f"links to it live {in_words(seconds)}",
    )
