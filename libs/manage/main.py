"""Puts the command groups together, and turns errors into one clear line and an exit status."""

from __future__ import annotations

import sys
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from libs.common.errors import EntrepotError
from libs.manage import dead_letters, tokens
from libs.manage.up import serve, up


class ErrorsAsLines(TyperGroup):
    """A user's mistake is a line on standard error and exit status 1, never a traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except EntrepotError as error:
            console = Console(stderr=True, highlight=False)
            console.print(f"[bold red]error:[/] {error.detail}")
            for problem in error.problems:
                console.print(f"  {problem.path or '-'}: {problem.message} {problem.remedy or ''}".rstrip())
            sys.exit(1)


app = typer.Typer(
    cls=ErrorsAsLines,
    help="Entrepot: experiments and benchmark results, in and out of a running platform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(serve)
app.add_typer(tokens.app, name="tokens")
app.add_typer(dead_letters.app, name="dead-letters")
