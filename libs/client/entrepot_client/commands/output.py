"""What commands print: tables for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from entrepot_client.errors import EntrepotClientError, Refused

FILE_COLUMNS: Final = 160
"""Width where standard output is no terminal: a table in a file should not be cut to 80."""


Content = BaseModel | Iterable[BaseModel] | Mapping[str, object]
T = TypeVar("T", bound=Content)


def print_json(content: Content) -> None:
    """As the platform said it, unknown members included; what it left out is left out."""
    json.dump(_plain(content), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def present(found: T, draw: Callable[[T], RenderableType], *, as_json: bool) -> None:
    """What was found, as a machine or as people read it."""
    if as_json:
        print_json(found)
    else:
        show(draw(found))


def show(*shown: RenderableType) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=FILE_COLUMNS)
    for each in shown:
        console.print(each, soft_wrap=isinstance(each, str))


def facts(rows: Mapping[str, object], *, title: str | None = None) -> Table:
    """Names and values; what is None or empty is left out."""
    table = Table(show_header=False, title=title and escape(title), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value not in (None, "", ()):
            table.add_row(name, escape(moment(value) if isinstance(value, datetime) else str(value)))
    return table


def rows(headings: Sequence[str], lines: Iterable[Sequence[object]]) -> Table:
    table = Table(*headings)
    for line in lines:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in line))
    return table


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def show_error(error: EntrepotClientError, *, as_json: bool) -> None:
    """A line with all problems below it; as JSON, the problem details on standard output."""
    if as_json and isinstance(error, Refused):
        print_json(error.details)
        return
    typer.echo(f"error: {error}", err=True)
    if isinstance(error, Refused):
        for line in error.extensions.get("last_lines", ()):
            typer.echo(f"  {line}", err=True)
        for problem in error.problems:
            where = f"{problem.path or '-'}{f':{problem.line}' if problem.line else ''}"
            typer.echo(f"  {where}: {problem.message} {problem.remedy or ''}".rstrip(), err=True)


def _plain(content: Content) -> object:
    match content:
        case BaseModel():
            return content.model_dump(mode="json", exclude_unset=True)
        case Mapping():
            return dict(content)
    return [each.model_dump(mode="json", exclude_unset=True) for each in content]
