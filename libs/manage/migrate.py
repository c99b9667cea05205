"""`migrate`: stored data in the form that this version writes, before its services start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer

from libs.common.database.client import check, connect
from libs.common.home import Role, enter_home, resolve_mongo_uri
from libs.common.logs import configure_logs
from libs.common.migrations.schema import Schema
from libs.common.migrations.steps import STEPS, Step
from libs.common.settings import Settings


def migrate(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
) -> None:
    """Change stored data to what this version writes. Services do the same when they start.

    Worth a command of its own where an upgrade says that it takes long. Services of the version before go on meanwhile.

    Example: ./manage.py migrate --dry-run
    """
    settings = Settings()
    configure_logs(settings, service="migrate")
    asyncio.run(run(settings, dry_run=dry_run))


async def run(settings: Settings, *, dry_run: bool, steps: Sequence[Step] = STEPS) -> None:
    """Raises: SchemaTooNew, Unavailable, HomeBusy."""
    async with enter_home(settings, Role.COMMAND):
        database = connect(resolve_mongo_uri(settings), settings.db_name)
        with closing(database.client):
            await check(database)
            schema = Schema(database, steps)
            for step in await schema.pending():
                typer.echo(f"{'To do' if dry_run else 'Doing'}: {step.title}")
            if not dry_run:
                await schema.bring_forward()
            typer.echo(
                f"Stored data have schema {await schema.version()}; this version writes {schema.understood}."
            )
