"""How commands end: 0 it is done, 1 it failed or the present state forbids it, 2 wrong usage or a refused input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from libs.common.errors import EntrepotError
from libs.common.events.jobs import ErrorInfo
from libs.manage.experiments.desk import JobFailed

FAILED: Final = 1
REFUSED: Final = 2
INPUT_ERRORS: Final = frozenset({400, 404, 413, 422})
"""What HTTP would say of an input that was refused."""

T = TypeVar("T")


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """Errors as lines or as problem details, and as an exit status. Raises: typer.Exit."""
    try:
        yield
    except JobFailed as failure:
        raise _exit(failure.error, as_json=as_json) from failure
    except EntrepotError as error:
        raise _exit(ErrorInfo.of(error), as_json=as_json) from error


def echo_json(content: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def _exit(error: ErrorInfo, *, as_json: bool) -> typer.Exit:
    if as_json:
        echo_json(error.as_problem_details())
    else:
        _show(error)
    return typer.Exit(REFUSED if error.status in INPUT_ERRORS else FAILED)


def _show(error: ErrorInfo) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error:[/] {escape(error.message)}")
    for line in error.extensions.get("last_lines", []):
        console.print(f"  {escape(line)}")
    for problem in error.problems:
        said = f"  {problem.path or '-'}: {problem.message} {problem.remedy or ''}"
        console.print(escape(said.rstrip()))
