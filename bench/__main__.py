"""`python -m bench [NAME…] [--full] [--json]`: measure, and report against goals."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench import (
    benchmark_dump,
    benchmark_reads,
    bus,
    capacity,
    event_streams,
    exports,
    gateway,
    growth,
    hosting,
    imports,
    large_export,
    load,
    pages,
    proxy,
    roster_algorithms,
    start,
)
from bench.report import Figure, show

Measure = Callable[[Path], list[Figure]]


@dataclass(frozen=True)
class Entry:
    """All quick forms together take less than three minutes."""

    quick: Measure
    full: Measure


ENTRIES: dict[str, Entry] = {
    "exports": Entry(exports.measure, partial(exports.measure, growth=exports.FULL_GROWTH)),
    "imports": Entry(partial(imports.measure, small=30), partial(imports.measure, small=300)),
    "large-export": Entry(
        partial(large_export.measure, megabytes=200), partial(large_export.measure, megabytes=600)
    ),
    "benchmark-dump": Entry(
        partial(benchmark_dump.measure, test_cases=("small_company",)), benchmark_dump.measure
    ),
    "benchmark-reads": Entry(
        partial(benchmark_reads.measure, requests=10), partial(benchmark_reads.measure, requests=100)
    ),
    "hosting": Entry(
        partial(hosting.measure, repeats=1, hosted=3), partial(hosting.measure, repeats=5, hosted=20)
    ),
    "pages": Entry(partial(pages.measure, views=10), partial(pages.measure, views=40)),
    "load": Entry(
        partial(load.measure, clients=100, seconds=10), partial(load.measure, clients=500, seconds=60)
    ),
    "roster-algorithms": Entry(
        partial(roster_algorithms.measure, pairs=roster_algorithms.QUICK),
        partial(roster_algorithms.measure, pairs=roster_algorithms.FULL),
    ),
    "bus": Entry(partial(bus.measure, messages=1_000), partial(bus.measure, messages=20_000)),
    "gateway": Entry(partial(gateway.measure, seconds=3), partial(gateway.measure, seconds=20)),
    "event-streams": Entry(
        partial(event_streams.measure, clients=100, seconds=5),
        partial(event_streams.measure, clients=1_000, seconds=20),
    ),
    "proxy": Entry(
        partial(proxy.measure, seconds=1, megabytes=200), partial(proxy.measure, seconds=5, megabytes=1_000)
    ),
    "capacity": Entry(capacity.measure, capacity.measure),
    "start": Entry(partial(start.measure, repeats=1), partial(start.measure, repeats=5)),
    "growth": Entry(
        partial(growth.measure, jobs=20_000, replicas=(1, 2)),
        partial(growth.measure, jobs=1_000_000, replicas=(1, 2, 4)),
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
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the platform is compiled where it is installed
    figures: list[Figure] = []
    for name in names or ENTRIES:
        entry = ENTRIES[name]
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
            figures += (entry.full if full else entry.quick)(Path(folder))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    show(figures, as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
