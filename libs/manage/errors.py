"""Errors as people see them on a command line."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperGroup

from libs.common.errors import EntrepotError


class ErrorsAsLines(TyperGroup):
    """A user's mistake is a line on standard error and exit status 1, never a traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except EntrepotError as error:
            _print(error)
            sys.exit(1)


def _print(error: EntrepotError) -> None:
    from rich.console import Console  # noqa: PLC0415  (a command that succeeds has no need of it)
    from rich.markup import escape  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error:[/] {escape(error.detail)}")
    for problem in error.problems:
        line = f"  {problem.path or '-'}: {problem.message} {problem.remedy or ''}"
        console.print(escape(line.rstrip()))
