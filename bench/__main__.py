"""`python -m bench [NAME…] [--full] [--json]`: measure, and report against goals."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench import benchmark_dump, benchmark_reads, large_export, roster_algorithms
from bench.report import Figure, show

Measure = Callable[[Path], list[Figure]]


@dataclass(frozen=True)
class Entry:
    """All quick forms together take less than three minutes."""

    quick: Measure
    full: Measure


ENTRIES: dict[str, Entry] = {
    "large-export": Entry(
        partial(large_export.measure, megabytes=200), partial(large_export.measure, megabytes=600)
    ),
    "benchmark-dump": Entry(
        partial(benchmark_dump.measure, test_cases=("small_company",)), benchmark_dump.measure
    ),
    "benchmark-reads": Entry(
        partial(benchmark_reads.measure, requests=10), partial(benchmark_reads.measure, requests=100)
    ),
    "roster-algorithms": Entry(
        partial(roster_algorithms.measure, pairs=roster_algorithms.QUICK),
        partial(roster_algorithms.measure, pairs=roster_algorithms.FULL),
    ),
}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Any of: {', '.join(ENTRIES)}. Default: all.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="At full size, which takes many minutes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Measure on this machine. Example: python -m bench large-export --json"""
    if unknown := set(names or ()) - set(ENTRIES):
        raise typer.BadParameter(f"There is no {', '.join(sorted(unknown))}.")
    figures: list[Figure] = []
    for name in names or ENTRIES:
        entry = ENTRIES[name]
        with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
            figures += (entry.full if full else entry.quick)(Path(folder))
    show(figures, as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
