"""A bar on standard error, where that is a terminal: standard output holds results only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from entrepot_client.jobs import Tell
from entrepot_client.models.jobs import Progress


@contextmanager
def progress() -> Iterator[Tell]:
    """One bar for the stage at hand."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("waiting", total=None)

        def tell(told: Progress) -> None:
            bars.update(task, description=told.stage, completed=told.done or 0, total=told.total)

        yield tell
