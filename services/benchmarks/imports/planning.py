"""Reads what is stored and plans an import on it; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from libs.common.benchmarks.model import CompanyDocument
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.errors import Problem
from libs.common.events.benchmarks import BenchmarkPlan, Clear
from libs.common.threads import in_thread
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.read import Dump
from services.benchmarks.imports.merge import merge_masters
from services.benchmarks.imports.plan import (
    CompanyInput,
    CompanyPlan,
    needed_rosters,
    plan_company,
    plan_removal,
)
from services.benchmarks.imports.sizes import require_sizes
from services.benchmarks.results.document import Result
from services.benchmarks.store.rosters import read_roster
from services.benchmarks.store.workplaces import UNNUMBERED, Master, master_of, read_master


@dataclass(frozen=True)
class Planned:
    """The plan of a whole import."""

    companies: Sequence[CompanyPlan]
    results: Sequence[Result]

    @property
    def counts(self) -> BenchmarkPlan:
        return reduce(add, (company.counts for company in self.companies), BenchmarkPlan())

    @property
    def warnings(self) -> list[Problem]:
        return [warning for company in self.companies for warning in company.warnings]


async def plan_import(database: Database, dump: Dump, clear: Clear) -> Planned:
    """Raises: InvalidInput, for a dump that is too large."""
    require_sizes(dump.companies, dump.results)
    planner = _Planner(BenchmarkReader(database), dump.results.results, clear=clear is not Clear.NOTHING)
    names = [company.workplace.company.name for company in dump.companies]
    stored = await planner.reader.companies_named(names)
    plans = [
        await planner.plan(company, stored.get(name))
        for name, company in zip(names, dump.companies, strict=True)
    ]
    if clear is Clear.ALL:
        others = [company for company in await planner.reader.companies() if company.name not in stored]
        plans += [plan_removal(company) for company in others]
    return Planned(plans, dump.results.results)


class _Planner:
    def __init__(self, reader: BenchmarkReader, results: Sequence[Result], *, clear: bool) -> None:
        self.reader = reader
        self._results = results
        self._clear = clear

    async def plan(self, dumped: DumpedCompany, before: CompanyDocument | None) -> CompanyPlan:
        stored = await read_master(self.reader, before) if before else Master()
        merged = merge_masters(stored, master_of(dumped.workplace), clear=self._clear)
        keys = merged.master.keys(before.id if before else UNNUMBERED)
        needed = needed_rosters(dumped, before, merged, clear=self._clear)
        given = CompanyInput(
            dumped=dumped,
            before=before,
            merged=merged,
            clear=self._clear,
            results=self._results,
            stored={roster.algorithm: await read_roster(self.reader, roster, keys) for roster in needed},
        )
        return await in_thread(plan_company, given)
