"""Loads companies that come from elsewhere than a dump, by the road that imports take."""

from __future__ import annotations

from collections.abc import Iterable

from libs.common.database.client import Database
from libs.common.events.benchmarks import BenchmarkImportCompleted, BenchmarkPlan, Clear
from libs.common.threads import in_thread
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.read import Dump
from services.benchmarks.fixtures.generator import DEFAULT_YEAR, shipped_workplaces
from services.benchmarks.imports.importing import import_dump
from services.benchmarks.imports.writing import silently
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.results.document import ResultsDocument
from services.benchmarks.store.switch import apply


async def load_workplaces(
    database: Database, workplaces: Iterable[Workplace], *, dry_run: bool = False
) -> BenchmarkImportCompleted:
    """Insert or update companies; their rosters, and other companies, stay. Raises: CompanyMoved."""
    dump = Dump(tuple(DumpedCompany(workplace) for workplace in workplaces), ResultsDocument(), ())
    imported = await import_dump(database, dump, Clear.NOTHING, dry_run=dry_run, tell=silently)
    if imported.commit is not None:
        await apply(database, imported.commit)
    return imported.completed


async def load_fixtures(database: Database, year: int = DEFAULT_YEAR) -> BenchmarkPlan:
    """The three shipped companies. Raises: CompanyMoved."""
    workplaces = await in_thread(shipped_workplaces, year=year)
    return (await load_workplaces(database, workplaces.values())).plan
