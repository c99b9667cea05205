"""One dump, from the database to its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.threads import in_thread
from services.benchmarks.dump.write import DumpFiles, write_dump
from services.benchmarks.dumps.collect import collect_companies, collect_results
from services.benchmarks.runs.selection import select_companies
from services.benchmarks.store.results import Results


@dataclass(frozen=True)
class DumpOptions:
    """What goes into a dump; `company` is a test case or a part of a name."""

    company: str | None = None
    include_schedules: bool = False
    data_only: bool = False


@dataclass(frozen=True)
class Dumped:
    """The files and what they hold."""

    files: DumpFiles
    companies: list[str]
    entries: int


async def dump_into(folder: Path, database: Database, options: DumpOptions) -> Dumped:
    """Write both files. Raises: CompanyNotFound, OSError."""
    reader = BenchmarkReader(database)
    wanted = [] if options.company is None else [options.company]
    companies = select_companies(await reader.companies(), wanted)
    collected = await collect_companies(reader, companies, include_schedules=options.include_schedules)
    files = await in_thread(
        write_dump,
        folder,
        collected,
        results=await collect_results(Results(database), companies),
        include_schedules=options.include_schedules,
        data_only=options.data_only,
    )
    entries = sum(len(roster) for company in collected for roster in company.rosters)
    return Dumped(files, [company.name for company in companies], entries)
