"""What an import makes of what is stored: identity by name, nothing removed unless asked, one switch."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.database.collections import BENCHMARK_COMPANIES, BENCHMARK_RESULTS
from libs.common.events.benchmarks import BenchmarkPlan, Clear, RowCounts
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.imports.importing import import_dump
from services.benchmarks.imports.writing import silently
from services.benchmarks.results.document import Result, ResultsDocument
from services.benchmarks.results.machine import this_machine
from services.benchmarks.store.figures import figures_of
from services.benchmarks.store.switch import CompanyMoved, apply
from tests.integration.services.benchmarks.desk import (
    EARLY,
    LATE,
    dump_of,
    facts,
    load,
    roster,
    stored,
    tiny,
)

MONDAY, TUESDAY = date(2025, 3, 3), date(2025, 3, 4)


def with_roster(**changes: Any) -> DumpedCompany:
    return DumpedCompany(tiny(**changes), (roster("GA", (0, MONDAY, 0), (1, MONDAY, 1)),))


async def test_a_first_import_inserts_everything(store: Database) -> None:
    done = await load(store, dump_of(with_roster()))
    assert done.plan == BenchmarkPlan(
        company=RowCounts(insert=1),
        shift=RowCounts(insert=2),
        employee=RowCounts(insert=2),
        scheduleentry=RowCounts(insert=2),
    )
    workplace, entries = (await facts(store))["Acme"]
    assert workplace == tiny()
    assert entries == {"GA": {("Ada", "2025-03-03", "EarlyShift"), ("Bo", "2025-03-03", "LateShift")}}


async def test_the_same_import_again_changes_no_row_and_writes_no_generation(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    before = await store[BENCHMARK_COMPANIES].find_one({})
    done = await load(store, dump_of(with_roster()))
    assert done.plan.scheduleentry == RowCounts(leave=2)
    assert not any(counts.changes for _, counts in done.plan)
    assert await store[BENCHMARK_COMPANIES].find_one({}) == before


async def test_without_clearing_what_the_dump_does_not_name_stays(store: Database) -> None:
    await load(store, dump_of(with_roster(), tiny("Other")))
    newcomer = DumpedCompany(tiny(people=["Cy"], shifts=[LATE]), (roster("GA", (0, TUESDAY, 0)),))
    done = await load(store, dump_of(newcomer))
    assert done.plan.employee == RowCounts(insert=1, leave=2)
    assert done.plan.scheduleentry == RowCounts(insert=1, leave=2)
    workplace, entries = (await facts(store))["Acme"]
    assert [person.name for person in workplace.employees] == ["Ada", "Bo", "Cy"]
    assert entries["GA"] == {
        ("Ada", "2025-03-03", "EarlyShift"),
        ("Bo", "2025-03-03", "LateShift"),
        ("Cy", "2025-03-04", "LateShift"),
    }
    assert "Other" in await facts(store)


async def test_a_dump_without_entries_leaves_entries_alone(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    done = await load(store, dump_of(tiny(description="renamed")))
    assert done.plan.company == RowCounts(update=1)
    assert done.plan.scheduleentry == RowCounts(leave=2)
    assert len((await facts(store))["Acme"][1]["GA"]) == 2


async def test_clearing_is_limited_to_the_companies_of_the_dump(store: Database) -> None:
    await load(store, dump_of(with_roster(), with_roster(name="Other")))
    smaller = DumpedCompany(tiny(people=["Bo"]), (roster("SA", (0, MONDAY, 1)),))
    done = await load(store, dump_of(smaller), Clear.COMPANIES)
    assert done.plan.employee == RowCounts(leave=1, delete=1)
    assert done.plan.scheduleentry == RowCounts(insert=1, delete=2)
    visible = await facts(store)
    assert visible["Acme"] == (tiny(people=["Bo"]), {"SA": {("Bo", "2025-03-03", "LateShift")}})
    assert set(visible["Other"][1]) == {"GA"}


async def test_clearing_counts_entries_of_people_who_go(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    left = DumpedCompany(tiny(people=["Bo"]), (roster("GA", (0, MONDAY, 1)),))
    done = await load(store, dump_of(left), Clear.COMPANIES)
    assert done.plan.scheduleentry == RowCounts(leave=1, delete=1)


async def test_clearing_everything_removes_other_companies_in_the_same_switch(store: Database) -> None:
    await load(store, dump_of(with_roster(), with_roster(name="Other")))
    done = await load(store, dump_of(tiny()), Clear.ALL)
    assert done.plan.company == RowCounts(leave=1, delete=1)
    assert set(await facts(store)) == {"Acme"}


@pytest.mark.parametrize("clear", list(Clear))
async def test_a_dry_run_tells_the_plan_of_the_real_run_and_writes_nothing(
    store: Database, clear: Clear
) -> None:
    await load(store, dump_of(with_roster(), tiny("Other")))
    before = await everything(store)
    dump = dump_of(DumpedCompany(tiny(people=["Bo", "Cy"]), (roster("GA", (1, TUESDAY, 0)),)))
    told = await load(store, dump, clear, dry_run=True)
    assert await everything(store) == before
    assert told.dry_run
    assert (await load(store, dump, clear)).plan == told.plan


async def everything(database: Database) -> dict[str, list[Any]]:
    names = sorted(await database.list_collection_names())
    return {name: [document async for document in database[name].find().sort("_id", 1)] for name in names}


async def test_ids_stay_over_imports_that_change_and_clear(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    first = (await stored(store))[0].keys
    assert first is not None
    changed = tiny(people=["Cy", "Ada", "Bo"], shifts=[LATE, EARLY])
    await load(store, dump_of(changed), Clear.COMPANIES)
    second = (await stored(store))[0].keys
    assert second is not None
    assert second.company == first.company
    assert second.shifts == (first.shifts[1], first.shifts[0])
    assert second.employees[1:] == first.employees
    assert second.employees[0] not in first.employees


async def test_namesakes_are_told_apart_by_their_order(store: Database) -> None:
    twins = DumpedCompany(tiny(people=["Ada", "Ada"]), (roster("GA", (0, MONDAY, 0), (1, MONDAY, 1)),))
    await load(store, dump_of(twins))
    done = await load(store, dump_of(twins))
    assert done.plan.employee == RowCounts(leave=2)
    assert done.plan.scheduleentry == RowCounts(leave=2)


async def test_key_figures_follow_when_only_people_change(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    reader = BenchmarkReader(store)
    before = (await reader.companies())[0].rosters[0]
    await load(store, dump_of(tiny(people=["Ada", "Bo", "Cy"])))
    after = (await reader.companies())[0].rosters[0]
    assert after.entries == before.entries
    assert after.kpis["mean_hours"] == pytest.approx(before.kpis["mean_hours"] * 2 / 3)


async def test_what_was_planned_on_a_company_that_moved_changes_nothing(store: Database) -> None:
    await load(store, dump_of(with_roster()))
    late = await import_dump(
        store, dump_of(tiny(people=["Late"])), Clear.COMPANIES, dry_run=False, tell=silently
    )
    await load(store, dump_of(tiny(description="in between")))
    visible = await facts(store)
    assert late.commit is not None
    with pytest.raises(CompanyMoved):
        await apply(store, late.commit)
    assert await facts(store) == visible


async def test_two_first_imports_of_a_company_cannot_both_win(store: Database) -> None:
    racing = [
        await import_dump(store, dump_of(with_roster()), Clear.NOTHING, dry_run=False, tell=silently)
        for _ in range(2)
    ]
    first, second = (imported.commit for imported in racing)
    assert first is not None
    assert second is not None
    await apply(store, first)
    with pytest.raises(CompanyMoved):
        await apply(store, second)
    assert len(await facts(store)) == 1


def result(**changes: Any) -> Result:
    company = with_roster()
    values: dict[str, Any] = {
        "run": "run-1",
        "company": "Acme",
        "algorithm": "GA",
        "seed": 7,
        "status": "completed",
        "finished_at": datetime(2025, 6, 1, tzinfo=UTC),
        "runtime_seconds": 1.5,
        "kpis": figures_of(company.workplace, company.rosters[0], 2025, "reference"),
        "machine": this_machine(),
    }
    return Result(**values | changes)


async def test_results_of_a_dump_are_taken_over_once_and_describe_its_rosters(store: Database) -> None:
    dump = dump_of(with_roster(), results=ResultsDocument(results=(result(), result(seed=8))))
    done = await load(store, dump)
    await load(store, dump)
    assert done.warnings == []
    assert await store[BENCHMARK_RESULTS].count_documents({}) == 2
    published = (await BenchmarkReader(store).companies())[0].rosters[0]
    assert (published.run, published.seed, published.runtime_seconds) == ("run-1", 7, 1.5)


async def test_figures_that_the_roster_does_not_have_are_a_warning(store: Database) -> None:
    kpis = result().kpis
    assert kpis is not None
    boast = result(kpis=kpis.model_copy(update={"gini": 0.0001, "understaffed_slots": 0}))
    done = await load(store, dump_of(with_roster(), results=ResultsDocument(results=(boast,))))
    assert [warning.code for warning in done.warnings] == ["kpis-differ"]
    assert "understaffed_slots" in done.warnings[0].message
    published = (await BenchmarkReader(store).companies())[0].rosters[0]
    assert published.kpis["understaffed_slots"] > 0
