"""Makes the best roster of a run the published one of its company and algorithm (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster
from libs.common.events.benchmarks import BenchmarkPlan, RowCounts
from services.benchmarks.context import Benchmarks
from services.benchmarks.dump.content import DumpedRoster
from services.benchmarks.imports.merge import merge_masters
from services.benchmarks.imports.plan import UNWRITTEN, CompanyPlan, PlannedRoster
from services.benchmarks.imports.planning import Planned
from services.benchmarks.problem.arrays import RosterArray
from services.benchmarks.problem.roster import entries_of
from services.benchmarks.runs.archive import load_roster
from services.benchmarks.runs.task import problem_digest
from services.benchmarks.store.best import points
from services.benchmarks.store.results import StoredResult
from services.benchmarks.store.workplaces import company_facts, read_master


def best_of_each(results: Sequence[StoredResult]) -> list[StoredResult]:
    """Per company and algorithm the completed result with the fewest points; of equal ones the first seed."""
    best: dict[tuple[str, str], StoredResult] = {}
    for result in sorted(results, key=lambda result: (points(result), result.seed)):
        if result.status == "completed" and result.roster_key is not None:
            best.setdefault((result.company, result.algorithm), result)
    return list(best.values())


async def plan_publication(
    benchmarks: Benchmarks, results: Sequence[StoredResult], year: int, holidays: str
) -> Planned:
    """The rosters to write. A company that changed since its roster was computed keeps what it has."""
    best = best_of_each(results)
    stored = await benchmarks.reader.companies_named(sorted({result.company for result in best}))
    plans = []
    for company in stored.values():
        chosen = [result for result in best if result.company == company.name]
        if plan := await _plan(benchmarks, company, chosen, year, holidays):
            plans.append(plan)
    return Planned(plans, ())


def published_names(planned: Planned) -> list[str]:
    """`company / algorithm` of each roster that is written."""
    return [
        f"{plan.facts.name} / {roster.published.algorithm}"
        for plan in planned.companies
        if plan.facts is not None
        for roster in plan.rosters
        if roster.content is not None
    ]


async def _plan(
    benchmarks: Benchmarks,
    company: CompanyDocument,
    chosen: Collection[StoredResult],
    year: int,
    holidays: str,
) -> CompanyPlan | None:
    master = await read_master(benchmarks.reader, company)
    digest = problem_digest(master.workplace(company_facts(company)), year, holidays)
    fitting = [result for result in chosen if result.problem_digest == digest]
    if not fitting:
        return None
    planned = {roster.algorithm: PlannedRoster(roster) for roster in company.rosters}
    for result in fitting:
        roster = await load_roster(benchmarks.parts.blobs, result.roster_key or "")
        planned[result.algorithm] = _planned(result, roster, year, holidays)
    written = sum(roster.published.entries for roster in planned.values() if roster.content is not None)
    return CompanyPlan(
        before=company,
        counts=BenchmarkPlan(scheduleentry=RowCounts(insert=written)),
        facts=company_facts(company),
        merged=merge_masters(master, master, clear=False),
        rosters=[planned[algorithm] for algorithm in sorted(planned)],
    )


def _planned(result: StoredResult, roster: RosterArray, year: int, holidays: str) -> PlannedRoster:
    content = dumped_roster(result.algorithm, roster, year)
    published = PublishedRoster(
        algorithm=result.algorithm,
        generation=UNWRITTEN,
        entries=len(content),
        year=year,
        holidays=holidays,
        run=result.run,
        seed=result.seed,
        runtime_seconds=result.runtime_seconds,
        kpis=result.kpis.model_dump(mode="json") if result.kpis else {},
    )
    return PlannedRoster(published, content)


def dumped_roster(algorithm: str, roster: RosterArray, year: int) -> DumpedRoster:
    """The array's entries with their dates."""
    entries = entries_of(roster)
    return DumpedRoster(
        algorithm, entries.employee, entries.day + date(year, 1, 1).toordinal(), entries.shift
    )
