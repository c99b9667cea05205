"""`python -m bench [NAME…] [--json]`: measure, and report against goals."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench import large_export
from bench.report import Figure, show

Measure = Callable[[Path], list[Figure]]

QUICK: dict[str, Measure] = {"large-export": partial(large_export.measure, megabytes=600)}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Any of: {', '.join(QUICK)}. Default: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Measure on this machine. Example: python -m bench large-export --json"""
    figures: list[Figure] = []
    for name in names or QUICK:
        with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
            figures += QUICK[name](Path(folder))
    show(figures, as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
