"""One import, from the file to the transaction that makes it visible."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from libs.common.blobs import BlobNotFound, BlobStore
from libs.common.database.client import Database
from libs.common.errors import UploadGone
from libs.common.events.benchmarks import BenchmarkImportCompleted, Clear, ImportSummary
from libs.common.jobs.run import Commit
from libs.common.threads import in_thread
from libs.common.versions import fetch
from services.benchmarks.dump.read import Dump
from services.benchmarks.imports.planning import Planned, plan_import
from services.benchmarks.imports.writing import Tell, write_import


@dataclass(frozen=True)
class Imported:
    """What to tell of an import, and the transaction that is still to be run; None if nothing changes."""

    completed: BenchmarkImportCompleted
    commit: Commit | None


@asynccontextmanager
async def fetched(blobs: BlobStore, key: str) -> AsyncIterator[Path]:
    """The upload as a local file while entered. Raises: UploadGone, Unavailable."""
    folder = await in_thread(tempfile.TemporaryDirectory, prefix="benchmark-import-")
    try:
        path = Path(folder.name) / "upload.zip"
        try:
            await fetch(blobs, key, path)
        except BlobNotFound as error:
            raise UploadGone from error
        yield path
    finally:
        await in_thread(folder.cleanup)


async def import_dump(database: Database, dump: Dump, clear: Clear, *, dry_run: bool, tell: Tell) -> Imported:
    """Plan and, unless it is a dry run, write what nobody sees before the commit. Raises: InvalidInput."""
    tell("planning", 0, len(dump.companies))
    planned = await plan_import(database, dump, clear)
    changes = any(rows.changes for _, rows in planned.counts if rows)
    commit = None if dry_run else await write_import(database, planned, tell)
    return Imported(_completed(dump, planned, dry_run=dry_run, changes=changes), commit)


def _completed(dump: Dump, planned: Planned, *, dry_run: bool, changes: bool) -> BenchmarkImportCompleted:
    workplaces = [company.workplace for company in dump.companies]
    summary = ImportSummary(
        companies_imported=len(workplaces),
        employees_imported=sum(len(workplace.employees) for workplace in workplaces),
        shifts_imported=sum(len(workplace.shifts) for workplace in workplaces),
        schedule_entries_imported=dump.entries,
    )
    if dry_run:
        message = "This was a dry run; nothing was changed."
    elif changes:
        message = "The import is done."
    else:
        message = "Everything was there already; no row was changed."
    return BenchmarkImportCompleted(
        dry_run=dry_run,
        import_summary=summary,
        plan=planned.counts,
        companies=[workplace.company.name for workplace in workplaces],
        warnings=[*dump.warnings, *planned.warnings],
        message=message,
    )
