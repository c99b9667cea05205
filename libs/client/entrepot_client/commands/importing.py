"""`entrepot import`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from entrepot_client.client import Client
from entrepot_client.commands.options import AsJson, DryRun, Note, Zip
from entrepot_client.commands.output import facts, print_json, rows, show
from entrepot_client.commands.running import run
from entrepot_client.jobs import Tell
from entrepot_client.models.imports import DataPlan, Import, ImportOptions, OnConflict, Plan, WithData


def import_zip(
    file: Zip,
    *,
    slug: Annotated[str | None, typer.Option(help="Import under this slug; else the ZIP's own.")] = None,
    dry_run: DryRun = False,
    on_conflict: Annotated[
        OnConflict, typer.Option(help="Where the slug is registered already.")
    ] = OnConflict.REPLACE,
    with_data: Annotated[
        WithData, typer.Option(help="Take the data of a standalone or docker ZIP.")
    ] = WithData.SKIP,
    accept_cut: Annotated[
        bool, typer.Option("--accept-cut", help="Replace also by collections that were cut.")
    ] = False,
    plan: Annotated[
        str | None, typer.Option(help="Import only if the plan is still the one of this digest.")
    ] = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Import an experiment's ZIP; with --dry-run only show the plan. All that is wrong is told at once.

    Examples: entrepot import click_upload.zip --dry-run; entrepot import click_upload.zip --note "new colours"
    """
    options = ImportOptions(
        slug=slug,
        dry_run=dry_run,
        on_conflict=on_conflict,
        plan_digest=plan,
        note=note,
        with_data=with_data,
        accept_cut=accept_cut,
    )

    async def work(client: Client, tell: Tell) -> Import:
        return await client.imports.upload(file, options, tell=tell)

    done = run(work, as_json=as_json)
    if as_json:
        print_json(done)
        return
    show(_summary(done), _files(done.plan), *(_data(data) for data in [done.plan.data] if data))
    show(*(f"warning: {each.path or '-'}: {each.message}" for each in done.plan.warnings), done.message)


def _summary(done: Import) -> Table:
    kept = done.kept_data
    told = {
        "slug": done.slug,
        "action": done.plan.action,
        "revision": done.revision,
        "replaces revision": done.replaced_revision or done.plan.base_revision,
        "plan": done.plan.plan_digest,
        "kept data": kept and f"{kept.id}, until {kept.kept_until:%Y-%m-%d}",
    }
    return facts(told, title="Plan" if done.dry_run else "Import")


def _files(plan: Plan) -> Table:
    groups = {
        "added": plan.added,
        "changed": plan.changed,
        "removed": plan.removed,
        "rewritten": plan.rewritten,
        "left out": plan.dropped,
    }
    return rows(("file", "what"), [(path, what) for what, paths in groups.items() for path in paths])


def _data(plan: DataPlan) -> Table:
    headings = ("collection", "in the ZIP", "now", "insert", "change", "remove")
    lines = [
        (each.name, each.documents, each.present, each.insert, each.change, each.remove)
        for each in plan.collections
    ]
    return rows(headings, lines)
