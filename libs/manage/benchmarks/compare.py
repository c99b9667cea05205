"""`benchmarks`: recorded runs, and how they compare."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from libs.common.database.client import Database
from libs.manage.benchmarks.options import AsJson
from libs.manage.benchmarks.own_data import import_tables, roster
from libs.manage.console import wide_console
from libs.manage.session import with_database

if TYPE_CHECKING:
    from libs.common.benchmarks.model import RunDocument
    from services.benchmarks.comparison.compared import Compared

app = typer.Typer(help="Runs and their comparison, own companies, rosters as files.", no_args_is_help=True)
app.command()(import_tables)
app.command()(roster)

NEWEST = 50
RUN_HELP = "Id of a run, its beginning or end, `latest` or `previous`."


@app.command()
def runs(as_json: AsJson = False) -> None:
    """List the newest runs.

    Example: ./manage.py benchmarks runs
    """
    from services.benchmarks.store.runs import Runs  # noqa: PLC0415

    found = with_database(lambda database: Runs(database).newest(NEWEST))
    if as_json:
        typer.echo(json.dumps([run.model_dump(mode="json") for run in found]))
        return
    wide_console().print(_runs_table(found) if found else "No runs yet.")


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help=RUN_HELP)],
    after: Annotated[str, typer.Argument(help=RUN_HELP)],
    plots: Annotated[
        Path | None, typer.Option(help="Also write plots into this folder.", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Two runs side by side: means over seeds with 95 % confidence, winners, and what got worse.

    Times are only compared between runs on the same kind of machine.
    Exit status: 0, 1 if there is no such run, 3 if something got worse.

    Example: ./manage.py benchmarks compare previous latest --plots build/plots
    """
    from services.benchmarks.comparison.compared import compare_runs  # noqa: PLC0415
    from services.benchmarks.comparison.plots import write_plots  # noqa: PLC0415

    async def work(database: Database) -> Compared:
        return await compare_runs(database, before, after)

    compared = with_database(work)
    written = write_plots(compared, plots) if plots is not None else []
    if as_json:
        facts = asdict(compared.comparison) | {"plots": [str(path) for path in written]}
        typer.echo(json.dumps(facts))
    else:
        _show(compared, written)
    if compared.comparison.regressions:
        raise typer.Exit(WORSE)


WORSE = 3
"""Exit status where something got worse; 1 is an error, 2 wrong usage."""


def _runs_table(found: list[RunDocument]) -> Table:
    table = Table("run", "created (UTC)", "state", "companies", "algorithms", "seeds")
    for run in found:
        table.add_row(
            run.id,
            f"{run.created_at:%Y-%m-%d %H:%M}",
            run.state,
            ", ".join(run.companies),
            ", ".join(run.algorithms),
            str(len(run.seeds)),
        )
    return table


def _show(compared: Compared, written: list[Path]) -> None:
    from libs.manage.benchmarks.comparison_tables import tables  # noqa: PLC0415

    console = wide_console()
    for table in tables(compared.comparison):
        console.print(table)
    if not compared.comparison.changes:
        console.print("No figure changed beyond chance.")
    for path in written:
        console.print(str(path), soft_wrap=True)
