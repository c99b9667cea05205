"""A dump as somebody brings it: the small company, two runs of three algorithms, hardly computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from libs.common.events.envelope import new_id
from services.benchmarks.algorithms.registry import algorithm_named
from services.benchmarks.compute.work import Solved, Work, solve
from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.write import write_dump
from services.benchmarks.fixtures.generator import shipped_workplace
from services.benchmarks.results.document import Result, ResultsDocument
from services.benchmarks.runs.publish import dumped_roster

COMPANY = "Kleines Unternehmen"
ALGORITHMS = ("GeneticAlgorithm", "NSGA2", "SimulatedAnnealing")
SEEDS = (1, 2)
YEAR = 2025
BUDGET = 2
SECONDS = 20.0
LEFT_OUT = 5
"""Assignments of January that are missing from one roster, so that a shift is understaffed and figures differ."""


@cache
def dump_zip() -> bytes:
    """`benchmark_dump.zip`; made once per process."""
    workplace = shipped_workplace("small_company")
    solved = {
        (key, seed): solve(
            Work(workplace, YEAR, "reference", key, seed, BUDGET, SECONDS), lambda *_: None, lambda: False
        )
        for key in ALGORITHMS
        for seed in SEEDS
    }
    rosters = tuple(
        dumped_roster(algorithm_named(key).name, solved[key, SEEDS[0]].roster, YEAR) for key in ALGORITHMS
    )
    company = DumpedCompany(workplace, (_without_some(rosters[0]), *rosters[1:]))
    with TemporaryDirectory() as folder:
        results = ResultsDocument(results=tuple(_results(solved)))
        written = write_dump(Path(folder), [company], results=results, include_schedules=True)
        return written.zip.read_bytes()


def _results(solved: dict[tuple[str, int], Solved]) -> Iterator[Result]:
    """Of an older run, in which everything took twice as long, and of a newer one."""
    now = datetime.now(UTC)
    for run, slowness, ended in ((new_id(), 2.0, now - timedelta(days=1)), (new_id(), 1.0, now)):
        for (key, seed), each in solved.items():
            yield _result(run, key, seed, replace(each, seconds=each.seconds * slowness), ended)


def _result(run: str, key: str, seed: int, solved: Solved, ended: datetime) -> Result:
    return Result(
        run=run,
        company=COMPANY,
        algorithm=algorithm_named(key).name,
        seed=seed,
        budget=BUDGET,
        status="completed",
        finished_at=ended,
        runtime_seconds=solved.seconds,
        iterations=solved.iterations,
        front=solved.front,
        kpis=solved.kpis,
        machine=solved.machine,
        versions=solved.versions,
    )


def _without_some(roster: DumpedRoster) -> DumpedRoster:
    order = roster.date.argsort(kind="stable")[LEFT_OUT:]
    return DumpedRoster(roster.algorithm, roster.employee[order], roster.date[order], roster.shift[order])
