"""`export_sql_dump` and `import_sql_dump`: dumps as files on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from libs.common.database.client import Database
from libs.common.errors import NotFound
from libs.common.events.benchmarks import BenchmarkImportCompleted, Clear
from libs.common.limits import Limits
from libs.manage.benchmarks.imported import report_import
from libs.manage.benchmarks.options import (
    EXPORT_FOLDER,
    AsJson,
    Company,
    DataOnly,
    DryRun,
    IncludeSchedules,
    OutputDir,
)
from libs.manage.console import wide_console
from libs.manage.deeds import Deed
from libs.manage.session import with_database

if TYPE_CHECKING:
    from services.benchmarks.dumps.dumping import Dumped


class FileMissing(NotFound):
    """There is no such file."""

    code = "file-missing"


def export_sql_dump(
    *,
    include_schedules: IncludeSchedules = False,
    company: Company = None,
    data_only: DataOnly = False,
    output_dir: OutputDir = EXPORT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Write benchmark_dump.json and benchmark_dump.zip, which can be uploaded elsewhere.

    Exit status: 0, 1 if no company is meant or nothing can be written.

    Example: ./manage.py export_sql_dump --include-schedules --company small_company
    """
    write_dump_files(
        output_dir,
        company=company,
        include_schedules=include_schedules,
        data_only=data_only,
        as_json=as_json,
    )


def write_dump_files(
    folder: Path, *, company: str | None, include_schedules: bool, data_only: bool, as_json: bool
) -> None:
    """Raises: CompanyNotFound, Unavailable."""
    from services.benchmarks.dumps.dumping import DumpOptions, dump_into  # noqa: PLC0415

    options = DumpOptions(company, include_schedules, data_only)

    async def work(database: Database) -> Dumped:
        return await dump_into(folder, database, options)

    dumped = with_database(work)
    if as_json:
        typer.echo(json.dumps(_dump_facts(dumped)))
        return
    console = wide_console()
    for path in (dumped.files.json, dumped.files.zip):
        console.print(f"{path}  {path.stat().st_size:,} bytes")
    console.print(
        f"{dumped.files.rows:,} rows of {', '.join(dumped.companies)}; {dumped.entries:,} schedule entries."
    )


def import_sql_dump(
    *,
    file: Annotated[Path, typer.Option(help="benchmark_dump.zip, or the JSON file in it.")],
    clear_existing: Annotated[
        bool,
        typer.Option("--clear-existing", help="Remove all else of the companies that the dump names."),
    ] = False,
    clear_all: Annotated[
        bool,
        typer.Option("--clear-all", help="Remove all companies, also those that the dump does not name."),
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a dump: everything in it, or nothing if anything is wrong with it.

    Without clearing, rows are inserted and updated by name, and nothing is removed.
    Exit status: 0, 1 if the dump is refused, 2 if the options do not fit together.

    Example: ./manage.py import_sql_dump --file benchmark_export/benchmark_dump.zip --dry-run
    """
    if clear_existing and clear_all:
        raise typer.BadParameter("--clear-existing and --clear-all exclude each other.")
    clear = Clear.ALL if clear_all else Clear.COMPANIES if clear_existing else Clear.NOTHING
    report_import(lambda: _import(file, clear, dry_run=dry_run), as_json=as_json)


def _import(path: Path, clear: Clear, *, dry_run: bool) -> BenchmarkImportCompleted:
    """Raises: FileMissing, InvalidInput with everything that is wrong, CompanyMoved, Unavailable."""
    from services.benchmarks.dump.read import read_dump  # noqa: PLC0415
    from services.benchmarks.imports.importing import import_dump  # noqa: PLC0415
    from services.benchmarks.imports.writing import silently  # noqa: PLC0415
    from services.benchmarks.store.switch import apply  # noqa: PLC0415

    _require_file(path)
    dump = read_dump(path, Limits())

    async def work(database: Database) -> BenchmarkImportCompleted:
        imported = await import_dump(database, dump, clear, dry_run=dry_run, tell=silently)
        if imported.commit is not None:
            await apply(database, imported.commit)
        return imported.completed

    return with_database(work, deed=None if dry_run else Deed("import_sql_dump", path.name))


def _require_file(path: Path) -> None:
    if path.is_file():
        return
    exported = EXPORT_FOLDER / path.name
    hint = f" There is {exported}." if exported.is_file() else ""
    raise FileMissing(f"There is no file {path}.{hint}")


def _dump_facts(dumped: Dumped) -> dict[str, object]:
    return {
        "json": str(dumped.files.json),
        "zip": str(dumped.files.zip),
        "rows": dumped.files.rows,
        "schedule_entries": dumped.entries,
        "companies": dumped.companies,
    }
