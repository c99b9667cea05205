"""Reads what a dump holds: companies as they are now, their published rosters and all results."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common.benchmarks.model import CompanyDocument
from libs.common.benchmarks.reading import BenchmarkReader
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.results.document import Result, ResultsDocument
from services.benchmarks.store.results import Results
from services.benchmarks.store.rosters import read_roster
from services.benchmarks.store.workplaces import company_facts, read_master


async def collect_companies(
    reader: BenchmarkReader, companies: Sequence[CompanyDocument], *, include_schedules: bool
) -> list[DumpedCompany]:
    """Each with the ids that it has here."""
    collected = []
    for company in companies:
        master = await read_master(reader, company)
        keys = master.keys(company.id)
        rosters = company.rosters if include_schedules else []
        collected.append(
            DumpedCompany(
                workplace=master.workplace(company_facts(company)),
                rosters=tuple([await read_roster(reader, roster, keys) for roster in rosters]),
                keys=keys,
            )
        )
    return collected


async def collect_results(results: Results, companies: Sequence[CompanyDocument]) -> ResultsDocument:
    """Of all runs, without what only this platform knows."""
    found = await results.of_companies(company.name for company in companies)
    return ResultsDocument(
        results=tuple(
            Result.model_validate(result.model_dump(include=set(Result.model_fields))) for result in found
        )
    )
