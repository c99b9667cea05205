"""Where tables are printed."""

from __future__ import annotations

from rich.console import Console

FILE_COLUMNS = 160
"""Width where standard output is no terminal: a table in a file should not be cut to 80."""


def wide_console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=FILE_COLUMNS)
