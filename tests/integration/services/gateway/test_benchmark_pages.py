"""What pages of benchmarks read from the database, where a browser would see no difference."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from libs.common.benchmarks.model import RunDocument, RunState
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.database.collections import BENCHMARK_RESULTS, BENCHMARK_RUNS
from services.benchmarks.dump.content import DumpedCompany
from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.reading import Failure
from services.gateway.pages.benchmarks.view import View, view_of
from tests.integration.services.benchmarks.desk import dump_of, load, roster, tiny

AT = datetime(2025, 1, 1, tzinfo=UTC)
MACHINE = {"processor": "Laptop", "cores": 2, "memory_gib": 8, "system": "Linux", "python": "3.11"}


async def view(database: Database, **chosen: str) -> View:
    return await view_of(database, await BenchmarkReader(database).company(1), **chosen)


async def add_run(
    database: Database, run: str, *results: dict[str, Any], state: RunState = RunState.COMPLETED
) -> None:
    document = RunDocument(
        id=run,
        state=state,
        requested_by="test",
        companies=["Acme"],
        algorithms=["GA"],
        seeds=[1],
        time_limit=1,
        year=2025,
        holidays="reference",
        created_at=AT,
    )
    await database[BENCHMARK_RUNS].insert_one(document.as_document())
    usual = {"run": run, "company": "Acme", "algorithm": "GA", "status": "completed", "machine": MACHINE}
    documents = [usual | {"seed": seed} | result for seed, result in enumerate(results)]
    if documents:
        await database[BENCHMARK_RESULTS].insert_many(documents)


def result(seconds: float, objective: float | None = 10.0, **facts: Any) -> dict[str, Any]:
    return {"runtime_seconds": seconds, "kpis": {"objective": objective, "gini": 0.5}} | facts


async def test_without_a_run_the_published_rosters_are_compared(database: Database) -> None:
    monday = date(2025, 3, 3)
    await load(database, dump_of(DumpedCompany(tiny(), (roster("GA", (0, monday, 0)),))))
    seen = await view(database)
    assert (seen.run, seen.before) == (None, None)
    assert [column.algorithm for column in seen.comparison.columns] == ["GA"]
    assert "coverage" in {plot.name for plot in seen.plots}


async def test_the_database_takes_means_of_what_completed(database: Database) -> None:
    await load(database, dump_of(tiny()))
    failed = {"status": "failed", "error": "It broke.", "runtime_seconds": 99.0, "kpis": None}
    front = [{"coverage": 1.0, "fairness": 2.0, "preferences": 3.0}]
    await add_run(database, "a", result(1.0), result(3.0, 5.0, front=front), result(2.0, None), failed)

    seen = await view(database)
    (column,) = seen.comparison.columns
    assert column.estimates["runtime_seconds"] == Estimate.of(3, 2.0, 1.0)
    assert column.estimates["objective"].count == 2
    assert [point.fairness for point in column.front] == [2.0]  # of the best
    assert seen.failures == [Failure("GA", 3, "It broke.")]


async def test_the_newest_run_that_has_ended_is_shown_against_the_one_before(database: Database) -> None:
    await load(database, dump_of(tiny()))
    for run in ("a", "b", "c"):
        await add_run(database, run, result(1.0))
    await add_run(database, "d", state=RunState.RUNNING)

    seen = await view(database)
    assert [run.id for run in seen.runs] == ["d", "c", "b", "a"]
    assert (seen.run and seen.run.id, seen.before and seen.before.id) == ("c", "b")
    oldest = await view(database, run_id="a")
    assert (oldest.run and oldest.run.id, oldest.before) == ("a", None)
    chosen = await view(database, run_id="b", before_id="c")
    assert (chosen.run and chosen.run.id, chosen.before and chosen.before.id) == ("b", "c")


async def test_another_machine_is_another_column(database: Database) -> None:
    await load(database, dump_of(tiny()))
    await add_run(database, "a", result(1.0), result(9.0, machine=MACHINE | {"cores": 64}))
    seen = await view(database)
    assert len(seen.comparison.columns) == 2
    assert seen.comparison.names_machines
    assert {seen.colour_of(column.algorithm) for column in seen.comparison.columns} == {0}
