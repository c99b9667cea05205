"""Loads the shipped companies, by the road that imports take."""

from __future__ import annotations

from libs.common.database.client import Database
from libs.common.events.benchmarks import BenchmarkPlan, Clear
from libs.common.threads import in_thread
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.read import Dump
from services.benchmarks.fixtures.generator import DEFAULT_YEAR, shipped_workplaces
from services.benchmarks.imports.importing import import_dump
from services.benchmarks.imports.writing import silently
from services.benchmarks.results.document import ResultsDocument
from services.benchmarks.store.switch import apply


async def load_fixtures(database: Database, year: int = DEFAULT_YEAR) -> BenchmarkPlan:
    """Insert or update the three companies; their rosters, and other companies, stay. Raises: CompanyMoved."""
    workplaces = await in_thread(shipped_workplaces, year=year)
    dump = Dump(tuple(DumpedCompany(workplace) for workplace in workplaces.values()), ResultsDocument(), ())
    imported = await import_dump(database, dump, Clear.NOTHING, dry_run=False, tell=silently)
    if imported.commit is not None:
        await apply(database, imported.commit)
    return imported.completed.plan
