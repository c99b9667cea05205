"""Puts the commands on experiments together."""

from __future__ import annotations

import typer

from libs.manage.experiments import change, kept, show

app = typer.Typer(
    help="Experiments: what is registered and hosted, their versions, starting, stopping, deleting. "
    "Works beside a running platform, and without one, save for start and stop.",
    no_args_is_help=True,
)
app.command("list")(show.show_list)
for command in (
    *(show.status, change.start, change.stop),
    *(show.versions, kept.diff, kept.download, change.rollback),
    *(change.restore_data, change.sync, change.clone, change.delete),
):
    app.command()(command)
