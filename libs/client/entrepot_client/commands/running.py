"""From a command to its end: asks the platform, shows how far it is, tells what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from entrepot_client.client import Client
from entrepot_client.commands.exits import Exit, exit_of
from entrepot_client.commands.output import show_error
from entrepot_client.commands.progress import progress
from entrepot_client.errors import EntrepotClientError
from entrepot_client.jobs import Tell

T = TypeVar("T")


def run(work: Callable[[Client, Tell], Awaitable[T]], *, as_json: bool) -> T:
    """What the work returns. Raises: typer.Exit with what went wrong already told."""

    async def connected(tell: Tell) -> T:
        async with Client.from_environment() as client:
            return await work(client, tell)

    try:
        with progress() as tell:
            return asyncio.run(connected(tell))
    except EntrepotClientError as error:
        show_error(error, as_json=as_json)
        raise typer.Exit(exit_of(error)) from error
    except OSError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.FAILED) from error
