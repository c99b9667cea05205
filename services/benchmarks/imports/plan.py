"""What an import makes of one company: pure, after everything stored that it needs was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster
from libs.common.errors import Problem
from libs.common.events.benchmarks import BenchmarkPlan, RowCounts
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.imports.claims import Description, describe
from services.benchmarks.imports.entries import MergedRoster, merge_rosters, moved
from services.benchmarks.imports.merge import MergedMaster
from services.benchmarks.problem.calendar import REFERENCE_REGION
from services.benchmarks.problem.workplace import Company, Workplace
from services.benchmarks.results.document import Result
from services.benchmarks.store.figures import figures_of, main_year
from services.benchmarks.store.workplaces import company_facts

UNWRITTEN = ""
"""Generation of what is to be written."""


@dataclass(frozen=True, slots=True)
class PlannedRoster:
    """A roster as it will be published; without `content` the stored generation stays."""

    published: PublishedRoster
    content: DumpedRoster | None = None


@dataclass(frozen=True)
class CompanyPlan:
    """One company before and after. `facts` is None for a company that goes."""

    before: CompanyDocument | None
    counts: BenchmarkPlan
    facts: Company | None = None
    merged: MergedMaster | None = None
    rosters: Sequence[PlannedRoster] = ()
    warnings: Sequence[Problem] = ()


@dataclass(frozen=True)
class CompanyInput:
    """All that the plan of one company depends on. Places in `stored` are those of `merged`."""

    dumped: DumpedCompany
    before: CompanyDocument | None
    merged: MergedMaster
    clear: bool
    results: Sequence[Result] = ()
    stored: Mapping[str, DumpedRoster] = field(default_factory=dict)
    """Rosters that the plan needs, by algorithm; see `needed_rosters`."""


def needed_rosters(
    dumped: DumpedCompany, before: CompanyDocument | None, merged: MergedMaster, *, clear: bool
) -> list[PublishedRoster]:
    """Stored rosters that must be read: those that the dump names, and all if what they rest on changes."""
    if before is None:
        return []
    named = {roster.algorithm for roster in dumped.rosters}
    rewritten = not clear and _rests_on_change(before, dumped.workplace.company, merged)
    return [roster for roster in before.rosters if rewritten or roster.algorithm in named]


def plan_company(given: CompanyInput) -> CompanyPlan:
    """Merge entries, compute key figures, compare them with what the dump claims, and count rows."""
    before = given.before
    published = {roster.algorithm: roster for roster in before.rosters} if before else {}
    dumped = {roster.algorithm: roster for roster in given.dumped.rosters}
    workplace = given.merged.master.workplace(given.dumped.workplace.company)
    rosters: list[PlannedRoster] = []
    warnings: list[Problem] = []
    entries = RowCounts()
    for algorithm in sorted(published.keys() | dumped.keys()):
        old, new = published.get(algorithm), dumped.get(algorithm)
        if new is None and given.clear:
            entries += RowCounts(delete=old.entries if old else 0)
            continue
        described = describe(given.dumped, new, given.results) if new else Description(None)
        planned, of_roster = _plan_roster(given, workplace, old, new, described.result)
        rosters.append(planned)
        entries += of_roster
        warnings += described.warnings
    counts = BenchmarkPlan(
        company=_company_counts(before, given.dumped.workplace.company),
        shift=given.merged.shifts.counts,
        employee=given.merged.employees.counts,
        scheduleentry=entries,
    )
    return CompanyPlan(before, counts, workplace.company, given.merged, rosters, warnings)


def plan_removal(company: CompanyDocument) -> CompanyPlan:
    """The company goes, with everything that belongs to it."""
    return CompanyPlan(
        company,
        BenchmarkPlan(
            company=RowCounts(delete=1),
            shift=RowCounts(delete=company.shifts),
            employee=RowCounts(delete=company.employees),
            scheduleentry=RowCounts(delete=sum(roster.entries for roster in company.rosters)),
        ),
    )


def _plan_roster(
    given: CompanyInput,
    workplace: Workplace,
    old: PublishedRoster | None,
    new: DumpedRoster | None,
    result: Result | None,
) -> tuple[PlannedRoster, RowCounts]:
    algorithm = new.algorithm if new else old.algorithm if old else ""
    stored = given.stored.get(algorithm)
    if old is not None and stored is None:
        return PlannedRoster(old), RowCounts(leave=old.entries)
    if new is not None:
        new = moved(new, given.merged.employees.places, given.merged.shifts.places)
    merged = merge_rosters(algorithm, stored, new, clear=given.clear)
    counts = _with_gone(merged, old) if given.clear else merged.counts
    if old is not None and not counts.changes and not _rests_on_change_of(given):
        return PlannedRoster(_described(old, result)), counts
    year = result.year if result else main_year(merged.roster)
    holidays = result.holidays if result else old.holidays if old else REFERENCE_REGION
    published = PublishedRoster(
        algorithm=algorithm,
        generation=UNWRITTEN,
        entries=len(merged.roster),
        year=year,
        holidays=holidays,
        kpis=figures_of(workplace, merged.roster, year, holidays).model_dump(mode="json"),
    )
    if old is not None and not counts.changes:
        origin = {"run": old.run, "seed": old.seed, "runtime_seconds": old.runtime_seconds}
        published = published.model_copy(update=origin)
    return PlannedRoster(_described(published, result), merged.roster), counts


def _with_gone(merged: MergedRoster, old: PublishedRoster | None) -> RowCounts:
    """Entries of employees and shifts that go are deleted, too, though they were not read."""
    deleted = (old.entries if old else 0) - merged.counts.leave
    return merged.counts.model_copy(update={"delete": deleted})


def _described(roster: PublishedRoster, result: Result | None) -> PublishedRoster:
    if result is None:
        return roster
    facts = {"run": result.run, "seed": result.seed, "runtime_seconds": result.runtime_seconds}
    return roster.model_copy(update=facts)


def _company_counts(before: CompanyDocument | None, facts: Company) -> RowCounts:
    if before is None:
        return RowCounts(insert=1)
    return RowCounts(leave=1) if company_facts(before) == facts else RowCounts(update=1)


def _rests_on_change_of(given: CompanyInput) -> bool:
    return given.before is None or _rests_on_change(
        given.before, given.dumped.workplace.company, given.merged
    )


def _rests_on_change(before: CompanyDocument, facts: Company, merged: MergedMaster) -> bool:
    """Whether figures and statistics of all rosters must be computed anew."""
    return merged.changes or before.sunday_is_workday != facts.sunday_is_workday
