"""`benchmarks import-tables` and `benchmarks roster`: own companies in, rosters out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.events.benchmarks import BenchmarkImportCompleted
from libs.manage.benchmarks.imported import report_import
from libs.manage.benchmarks.options import AsJson, DryRun
from libs.manage.deeds import Deed
from libs.manage.session import with_database

if TYPE_CHECKING:
    from services.benchmarks.tables.read import Tables


class Format(StrEnum):
    CSV = "csv"
    ICAL = "ical"


def import_tables(
    *,
    companies: Annotated[
        Path, typer.Option(help="name, size, sunday_is_workday, …", exists=True, dir_okay=False)
    ],
    shifts: Annotated[
        Path,
        typer.Option(help="company, name, start, end, min_staff, max_staff", exists=True, dir_okay=False),
    ],
    employees: Annotated[
        Path,
        typer.Option(
            help="company, name, max_hours_per_week, absences, preferred_shifts", exists=True, dir_okay=False
        ),
    ],
    absences: Annotated[
        Path | None, typer.Option(help="company, employee, first, last", exists=True, dir_okay=False)
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Insert or update companies from CSV files (docs/benchmarks.md): all of them, or none if anything is wrong.

    Nothing is removed; published rosters stay. Exit status: 0, 1 if the files are refused.

    Example: ./manage.py benchmarks import-tables --companies c.csv --shifts s.csv --employees e.csv --dry-run
    """
    from services.benchmarks.tables.read import Tables  # noqa: PLC0415

    tables = Tables(companies, shifts, employees, absences)
    report_import(lambda: _import(tables, dry_run=dry_run), as_json=as_json)


def _import(tables: Tables, *, dry_run: bool) -> BenchmarkImportCompleted:
    """Raises: InvalidInput with everything that is wrong, CompanyMoved, Unavailable."""
    from services.benchmarks.runs.loading import load_workplaces  # noqa: PLC0415
    from services.benchmarks.tables.read import read_tables  # noqa: PLC0415

    workplaces = read_tables(tables)
    deed = None if dry_run else Deed("benchmarks import-tables")
    return with_database(lambda database: load_workplaces(database, workplaces, dry_run=dry_run), deed=deed)


def roster(
    company: Annotated[str, typer.Argument(help="A test case or part of a name.")],
    algorithm: Annotated[str, typer.Argument(help="Key or name.")],
    employee: Annotated[str | None, typer.Option(help="Only this person's shifts: name or id.")] = None,
    written_as: Annotated[
        Format, typer.Option("--format", help="For spreadsheets or for calendars.")
    ] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: standard output.", dir_okay=False)
    ] = None,
) -> None:
    """Write the published roster of an algorithm as CSV or iCalendar.

    Exit status: 0, 1 if there is no such roster.

    Example: ./manage.py benchmarks roster small_company SimulatedAnnealing --format ical -o roster.ics
    """

    async def work(database: Database) -> bytes:
        from libs.manage.benchmarks.roster_file import RosterChoice, roster_file  # noqa: PLC0415

        choice = RosterChoice(company, algorithm, employee)
        return await roster_file(BenchmarkReader(database), choice, calendar=written_as is Format.ICAL)

    content = with_database(work)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
