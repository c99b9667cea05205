"""`python -m bench [NAME…] [--full] [--json]`: measure, and report against goals."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
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
from bench.house import Servers, Site
from bench.report import Figure, show

Measure = Callable[[Site], list[Figure]]


@dataclass(frozen=True)
class Entry:
    """A piece of work in two sizes.

    What is measured where none is named takes less than three minutes in its quick form, all together.
    """

    quick: Measure
    full: Measure
    when_named: bool = False
    """Whether the quick form is left out where none is named: for what needs Ray, a browser, MariaDB or long."""


ENTRIES: dict[str, Entry] = {
    "exports": Entry(exports.measure, partial(exports.measure, size=exports.FULL)),
    "imports": Entry(
        partial(imports.measure, megabytes=50, small=10), partial(imports.measure, megabytes=200, small=300)
    ),
    "large-export": Entry(
        partial(large_export.measure, megabytes=200),
        partial(large_export.measure, megabytes=600),
        when_named=True,
    ),
    "benchmark-dump": Entry(
        partial(benchmark_dump.measure, test_cases=("small_company",)),
        benchmark_dump.measure,
        when_named=True,
    ),
    "benchmark-reads": Entry(
        partial(benchmark_reads.measure, requests=10),
        partial(benchmark_reads.measure, requests=100),
        when_named=True,
    ),
    "hosting": Entry(
        partial(hosting.measure, repeats=1, hosted=3),
        partial(hosting.measure, repeats=5, hosted=20),
        when_named=True,
    ),
    "pages": Entry(partial(pages.measure, views=10), partial(pages.measure, views=40), when_named=True),
    "load": Entry(
        partial(load.measure, clients=100, seconds=10),
        partial(load.measure, clients=500, seconds=60),
        when_named=True,
    ),
    "roster-algorithms": Entry(
        partial(roster_algorithms.measure, pairs=roster_algorithms.QUICK),
        partial(roster_algorithms.measure, pairs=roster_algorithms.FULL),
        when_named=True,
    ),
    "bus": Entry(partial(bus.measure, messages=1_000), partial(bus.measure, messages=20_000)),
    "gateway": Entry(partial(gateway.measure, seconds=3), partial(gateway.measure, seconds=20)),
    "event-streams": Entry(
        partial(event_streams.measure, clients=100, seconds=5),
        partial(event_streams.measure, clients=1_000, seconds=20),
        when_named=True,
    ),
    "proxy": Entry(
        partial(proxy.measure, seconds=1, megabytes=200), partial(proxy.measure, seconds=5, megabytes=1_000)
    ),
    "capacity": Entry(capacity.measure, capacity.measure),
    "start": Entry(partial(start.measure, repeats=1), partial(start.measure, repeats=5)),
    "growth": Entry(
        partial(growth.measure, jobs=5_000, replicas=()),
        partial(growth.measure, jobs=1_000_000, replicas=(1, 2, 4)),
    ),
}
BRIEF = [name for name, entry in ENTRIES.items() if not entry.when_named]


def main(
    names: Annotated[
        list[str] | None,
        typer.Argument(help=f"Any of: {', '.join(ENTRIES)}. Default: {', '.join(BRIEF)}; with --full, all."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="At full size, which takes many minutes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Measure on this machine. Example: python -m bench large-export --json"""
    if unknown := set(names or ()) - set(ENTRIES):
        raise typer.BadParameter(f"There is no {', '.join(sorted(unknown))}.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the platform is compiled where it is installed
    figures: list[Figure] = []
    with ExitStack() as stack:
        stack.callback(show, figures, as_json=as_json)  # also what was measured before something failed
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-bench-")))
        servers = Servers(folder, stack)
        for name in names or (ENTRIES if full else BRIEF):
            entry = ENTRIES[name]
            began = time.monotonic()
            site = Site(folder / name, servers)
            site.folder.mkdir()
            figures += (entry.full if full else entry.quick)(site)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
