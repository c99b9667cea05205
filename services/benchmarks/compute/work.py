"""What is computed and what comes out: picklable, for another process or machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from libs.common.errors import EntrepotError
from services.benchmarks.algorithms.port import Effort, Progress, Solution
from services.benchmarks.kpis.compute import kpis_of
from services.benchmarks.kpis.model import Kpis
from services.benchmarks.problem.arrays import RosterArray
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import entries_of
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.results.document import FrontPoint
from services.benchmarks.results.machine import Machine, library_versions, this_machine

PROGRESS_SECONDS = 0.2
"""Progress is sent at most this often; algorithms take thousands of steps a second."""


class AlgorithmFailed(EntrepotError):
    """The algorithm failed; with the same seed it will fail again."""

    code = "algorithm-failed"


@dataclass(frozen=True, slots=True)
class Work:
    """One algorithm on one company and year with one seed."""

    workplace: Workplace
    year: int
    holidays: str
    algorithm: str
    """Its key."""
    seed: int
    budget: int | None
    time_limit: float
    """Seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The roster with its figures, and where it was computed."""

    roster: RosterArray
    kpis: Kpis
    seconds: float
    iterations: int
    truncated: bool
    bound: float | None
    gap: float | None
    optimal: bool
    front: tuple[FrontPoint, ...]
    machine: Machine
    versions: dict[str, str]


def solve(work: Work, on_progress: Callable[[float, float], None], cancelled: Callable[[], bool]) -> Solved:
    """Blocks for up to the time limit. Raises: AlgorithmFailed, InvalidInput, NotFound."""
    from services.benchmarks.algorithms.registry import algorithm_named  # noqa: PLC0415  (seconds, for solvers only)

    algorithm = algorithm_named(work.algorithm)
    problem = RosterProblem(work.workplace, calendar_of(work.year, work.holidays))
    effort = Effort(work.seed, work.budget, work.time_limit, _seldom(on_progress), cancelled)
    try:
        solution = algorithm.solve(problem, effort)
    except EntrepotError:
        raise
    except Exception as error:
        raise AlgorithmFailed(f"{algorithm.name}: {type(error).__name__}: {error}") from error
    kpis = kpis_of(problem, entries_of(solution.roster))
    _require_unbroken(algorithm.name, kpis)
    return _solved(solution, kpis)


def _require_unbroken(algorithm: str, kpis: Kpis) -> None:
    """Shipped algorithms cannot break a hard constraint; others might. Raises: AlgorithmFailed."""
    broken = {rule: number for rule, number in kpis.violations.model_dump().items() if number}
    if broken:
        counts = ", ".join(f"{rule} {number}" for rule, number in broken.items())
        raise AlgorithmFailed(f"{algorithm}: its roster breaks hard constraints: {counts}.")


def _solved(solution: Solution, kpis: Kpis) -> Solved:
    return Solved(
        roster=solution.roster,
        kpis=kpis,
        seconds=solution.seconds,
        iterations=solution.iterations,
        truncated=solution.truncated,
        bound=solution.bound,
        gap=solution.gap,
        optimal=solution.optimal,
        front=tuple(
            FrontPoint(coverage=point.coverage, fairness=point.fairness, preferences=point.preferences)
            for point in solution.front
        ),
        machine=this_machine(),
        versions=library_versions(),
    )


def _seldom(on_progress: Callable[[float, float], None]) -> Callable[[Progress], None]:
    told = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told
        if (now := time.monotonic()) - told >= PROGRESS_SECONDS:
            told = now
            on_progress(progress.done, progress.objective)

    return tell
