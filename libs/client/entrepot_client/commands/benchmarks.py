"""`entrepot benchmarks`: runs, companies, dumps in and out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from entrepot_client.client import Client
from entrepot_client.commands.exits import Exit
from entrepot_client.commands.options import AsJson, DryRun, Folder, Zip
from entrepot_client.commands.output import facts, moment, present, print_json, rows, show
from entrepot_client.commands.running import run
from entrepot_client.comparison import KEY_FIGURES, compare, figures_of
from entrepot_client.jobs import Tell
from entrepot_client.models.benchmarks import (
    BenchmarkImport,
    BenchmarkPlan,
    Clear,
    Company,
    Dump,
    Roster,
    Run,
)
from entrepot_client.models.benchmarks import RunWithResults as WithResults

app = typer.Typer(no_args_is_help=True, help="Benchmarks: runs, companies, dumps in and out.")


@app.command()
def runs(
    *,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest runs.

    Example: entrepot benchmarks runs
    """

    async def work(client: Client, _: Tell) -> list[Run]:
        return list(await client.benchmarks.runs(limit=limit))

    present(run(work, as_json=as_json), _run_table, as_json=as_json)


@app.command("compare")
def compare_runs(
    before: Annotated[str, typer.Argument(help="Id of a run.")],
    after: Annotated[str, typer.Argument(help="Id of another one.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Two runs side by side: means over seeds, per company and algorithm.

    `manage.py benchmarks compare` on the platform itself also says what is beyond chance.

    Example: entrepot benchmarks compare 0198c0de-… 0198c0df-…
    """

    async def work(client: Client, _: Tell) -> tuple[WithResults, WithResults]:
        return await client.benchmarks.run(before), await client.benchmarks.run(after)

    found = list(compare(*run(work, as_json=as_json)))
    if as_json:
        print_json({"before": before, "after": after, "figures": [asdict(each) for each in found]})
        return
    lines = [
        (
            each.company,
            each.algorithm,
            each.figure,
            _number(each.before),
            _number(each.after),
            _change(each.percent),
        )
        for each in found
    ]
    show(rows(("company", "algorithm", "figure", "before", "after", "change"), lines))


@app.command()
def company(
    name: Annotated[str | None, typer.Argument(help="Id, or a part of a name; else all are listed.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the companies, or show the published rosters of one, algorithm by algorithm.

    Example: entrepot benchmarks company small
    """
    if name is None:
        _companies(as_json=as_json)
    else:
        _rosters(name, as_json=as_json)


@app.command()
def upload(
    file: Zip,
    *,
    clear: Annotated[Clear, typer.Option(help="What to remove first, in the same switch.")] = Clear.NOTHING,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a dump of benchmark results; with --dry-run only show the plan. All that is wrong is told at once.

    Example: entrepot benchmarks upload benchmark_results.zip --dry-run
    """

    async def work(client: Client, tell: Tell) -> BenchmarkImport:
        return await client.benchmarks.upload(file, clear=clear, dry_run=dry_run, tell=tell)

    done = run(work, as_json=as_json)
    if as_json:
        print_json(done)
        return
    show(_plan(done.plan), *(f"warning: {each.path or '-'}: {each.message}" for each in done.warnings))
    show(done.message)


@app.command()
def dump(
    *,
    company: Annotated[str | None, typer.Option(help="A test case or a part of a name; else all.")] = None,
    include_schedules: Annotated[bool, typer.Option("--include-schedules", help="With the rosters.")] = False,
    output: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Write what is published as a dump, download it, and check its SHA-256.

    Example: entrepot benchmarks dump --include-schedules -o dumps/
    """

    async def work(client: Client, tell: Tell) -> tuple[Dump, Path]:
        made = await client.benchmarks.dump(company, include_schedules=include_schedules, tell=tell)
        return made, await client.benchmarks.download(made, output, tell=tell)

    made, path = run(work, as_json=as_json)
    if as_json:
        print_json(made.model_dump(mode="json") | {"path": str(path)})
        return
    told = {
        "file": path,
        "bytes": f"{made.file_size:,}",
        "SHA-256": made.checksum,
        "rows": f"{made.rows:,}",
        "companies": ", ".join(made.companies),
    }
    show(facts(told))


def _companies(*, as_json: bool) -> None:
    async def work(client: Client, _: Tell) -> list[Company]:
        return list(await client.benchmarks.companies())

    present(run(work, as_json=as_json), _company_table, as_json=as_json)


def _rosters(name: str, *, as_json: bool) -> None:
    async def work(client: Client, _: Tell) -> tuple[Company, list[Roster]]:
        chosen = _chosen(name, list(await client.benchmarks.companies()))
        return chosen, list(await client.benchmarks.rosters(chosen))

    chosen, found = run(work, as_json=as_json)
    if as_json:
        print_json(found)
        return
    headings = ("algorithm", "entries", *KEY_FIGURES, "seconds")
    figures = [figures_of(each.kpis, each.runtime_seconds) for each in found]
    lines = [
        (each.algorithm, each.schedule_entries, *(_number(known.get(title)) for title in headings[2:]))
        for each, known in zip(found, figures, strict=True)
    ]
    show(chosen.name, rows(headings, lines))


def _run_table(found: list[Run]) -> Table:
    lines = [
        (
            each.id,
            moment(each.created_at),
            each.state,
            ", ".join(each.companies),
            ", ".join(each.algorithms),
            len(each.seeds),
        )
        for each in found
    ]
    return rows(("run", "created", "state", "companies", "algorithms", "seeds"), lines)


def _company_table(found: list[Company]) -> Table:
    lines = [
        (each.id, each.name, each.size, each.employees, each.shifts, ", ".join(each.algorithms))
        for each in found
    ]
    return rows(("id", "name", "size", "employees", "shifts", "algorithms"), lines)


def _chosen(name: str, companies: list[Company]) -> Company:
    """Raises: typer.Exit where the name is not that of exactly one."""
    found = [each for each in companies if str(each.id) == name] or [
        each for each in companies if name.casefold() in each.name.casefold()
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.name for each in found or companies)
    typer.echo(f"error: {name!r} is the name of {len(found) or 'no'} companies: {names}", err=True)
    raise typer.Exit(Exit.NOT_FOUND)


def _plan(plan: BenchmarkPlan) -> Table:
    counted = {
        "companies": plan.company,
        "shifts": plan.shift,
        "employees": plan.employee,
        "entries": plan.scheduleentry,
    }
    lines = [(name, each.insert, each.update, each.leave, each.delete) for name, each in counted.items()]
    return rows(("", "insert", "update", "leave", "delete"), lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3f}"


def _change(percent: float | None) -> str:
    return "" if percent is None else f"{percent:+.1f} %"
