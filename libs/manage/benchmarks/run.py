"""`benchmark_algorithms`: runs on this machine, without broker or cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from libs.common.events.benchmarks import ALGORITHM_TIME_LIMIT, BenchmarkRunRequest
from libs.common.events.envelope import new_id
from libs.common.parts import Parts
from libs.manage.benchmarks.options import AsJson, Force, LoadFixtures
from libs.manage.console import wide_console
from libs.manage.deeds import Deed
from libs.manage.session import with_parts

if TYPE_CHECKING:
    from services.benchmarks.runs.local import Report

DONE: Final = 0
SOME_FAILED: Final = 1
INTERRUPTED: Final = 130
"""What shells call an end by Ctrl-C."""


def benchmark_algorithms(
    *,
    load_fixtures: LoadFixtures = False,
    algorithm: Annotated[
        list[str] | None, typer.Option(help="Key or name, may be given several times; default: all.")
    ] = None,
    company: Annotated[
        list[str] | None,
        typer.Option(help="Test case or part of a name, may be given several times; default: all."),
    ] = None,
    force: Force = False,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    runs: Annotated[int, typer.Option(min=1, max=1000, help="Seeds per algorithm, counted up.")] = 1,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds of each.")] = ALGORITHM_TIME_LIMIT,
    budget: Annotated[
        int | None,
        typer.Option(min=1, help="Work in each algorithm's own unit (moves, generations, windows)."),
    ] = None,
    year: Annotated[int, typer.Option(min=1970, max=2200, help="The calendar year to plan.")] = 2025,
    holidays: Annotated[
        str, typer.Option(help="`reference`, a country (AT) or a part of one (DE-BY).")
    ] = "reference",
    as_json: AsJson = False,
) -> None:
    """Run algorithms on companies and record what comes out; the best roster of each is published.

    Ctrl-C keeps what is done. What was computed before with the same data, seed and effort is recognised.
    Exit status: 0, 1 if an algorithm failed, 130 after Ctrl-C.

    Example: ./manage.py benchmark_algorithms --load-fixtures --company small_company
    """
    request = BenchmarkRunRequest(
        run_id=new_id(),
        companies=company or [],
        algorithms=algorithm or [],
        seeds=list(range(seed, seed + runs)),
        time_limit=time_limit,
        budget=budget,
        year=year,
        holidays=holidays,
        load_fixtures=load_fixtures,
        force=force,
    )
    status = run_benchmarks(request, as_json=as_json)
    if status != DONE:
        raise typer.Exit(status)


def run_benchmarks(request: BenchmarkRunRequest, *, as_json: bool) -> int:
    """Run and show; the exit status. Raises: CompanyNotFound, NotFound, InvalidInput, Unavailable."""
    from libs.manage.benchmarks.display import bars, report_json  # noqa: PLC0415
    from services.benchmarks.app import opened  # noqa: PLC0415
    from services.benchmarks.runs.local import Report, run_locally  # noqa: PLC0415

    report, interrupted = Report(request.run_id), False
    try:
        with bars(quiet=as_json) as show:

            async def work(parts: Parts) -> None:
                async with opened(parts) as benchmarks:
                    await run_locally(benchmarks, request, show, report)

            with_parts(work, deed=Deed("benchmark_algorithms", request.run_id))
    except KeyboardInterrupt:
        interrupted = True
    if as_json:
        typer.echo(json.dumps(report_json(report)))
    else:
        _show(report, interrupted=interrupted)
    return INTERRUPTED if interrupted else SOME_FAILED if report.failures else DONE


def _show(report: Report, *, interrupted: bool) -> None:
    from libs.manage.benchmarks.display import report_tables  # noqa: PLC0415

    console = wide_console()
    for table in report_tables(report):
        console.print(table)
    for name in report.published:
        console.print(f"Published: {name}", highlight=False)
    if interrupted:
        kept = f"{len(report.results)} of {report.tasks} results are kept"
        console.print(f"Interrupted: {kept}; the same command goes on from there.", highlight=False)
