"""Two recorded runs, read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from services.benchmarks.results.compare import Comparison, compare
from services.benchmarks.results.document import Result
from services.benchmarks.store.results import Results
from services.benchmarks.store.runs import Runs


@dataclass(frozen=True)
class Compared:
    """The comparison and what it was made of."""

    comparison: Comparison
    results: Sequence[Result]
    people: dict[str, int]
    """Employees by company, for how runtimes scale."""


async def compare_runs(database: Database, before: str, after: str) -> Compared:
    """Raises: RunNotFound."""
    runs, store = Runs(database), Results(database)
    chosen = [await runs.named(before), await runs.named(after)]
    results = [result for run in chosen for result in await store.of_run(run.id)]
    comparison = compare(results, tuple(dict.fromkeys(run.id for run in chosen)))
    return Compared(comparison, results, await _people(database, {result.company for result in results}))


async def _people(database: Database, names: set[str]) -> dict[str, int]:
    found = await BenchmarkReader(database).companies_named(sorted(names))
    return {name: company.employees for name, company in found.items()}
