"""`scripts/export_benchmarks.py`: run and export in one command."""

from __future__ import annotations

from typing import Annotated

import typer

from libs.common.events.benchmarks import BenchmarkRunRequest
from libs.common.events.envelope import new_id
from libs.manage.benchmarks.dump import write_dump_files
from libs.manage.benchmarks.options import (
    EXPORT_FOLDER,
    AsJson,
    Company,
    DataOnly,
    Force,
    IncludeSchedules,
    LoadFixtures,
    OutputDir,
)
from libs.manage.benchmarks.run import DONE, INTERRUPTED, run_benchmarks
from libs.manage.deeds import Deed
from libs.manage.errors import ErrorsAsLines

app = typer.Typer(cls=ErrorsAsLines, add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def export_benchmarks(
    context: typer.Context,
    *,
    run_benchmarks_first: Annotated[
        bool, typer.Option("--run-benchmarks", help="Run all algorithms on the companies first.")
    ] = False,
    load_fixtures: LoadFixtures = False,
    export: Annotated[bool, typer.Option("--export", help="Write the dump for upload.")] = False,
    include_schedules: IncludeSchedules = False,
    company: Company = None,
    data_only: DataOnly = False,
    output_dir: OutputDir = EXPORT_FOLDER,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Run benchmarks here and export the results for upload elsewhere.

    Exit status: 0, 1 if an algorithm failed or nothing can be exported, 130 after Ctrl-C.

    Example: python scripts/export_benchmarks.py --run-benchmarks --load-fixtures --export --include-schedules
    """
    if not (run_benchmarks_first or load_fixtures or export):
        typer.echo(context.get_help())
        return
    status = DONE
    if run_benchmarks_first:
        request = BenchmarkRunRequest(
            run_id=new_id(),
            companies=[company] if company else [],
            load_fixtures=load_fixtures,
            force=force,
        )
        status = run_benchmarks(request, as_json=as_json)
    elif load_fixtures:
        _load_fixtures()
    if export and status != INTERRUPTED:
        write_dump_files(
            output_dir,
            company=company,
            include_schedules=include_schedules,
            data_only=data_only,
            as_json=as_json,
        )
    if status != DONE:
        raise typer.Exit(status)


def _load_fixtures() -> None:
    from libs.manage.session import with_database  # noqa: PLC0415
    from services.benchmarks.runs.loading import load_fixtures  # noqa: PLC0415

    with_database(load_fixtures, deed=Deed("export_benchmarks --load-fixtures"))
