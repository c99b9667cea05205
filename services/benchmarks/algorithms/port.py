"""The port that every algorithm implements, own ones by entry point included."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from services.benchmarks.problem.arrays import RosterArray
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import Objective, evaluate

Stop = Literal["budget", "optimal", "time", "cancelled"]
DEFAULT_TIME_LIMIT = 300.0
"""Seconds; what the reference implementation gives its exact runs."""
PROVED = 1e-6
"""Relative difference to the bound below which a roster counts as proved optimal (rounding of the linear model)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: part of its work done, and the best points so far."""

    done: float
    objective: float


def _ignore(_progress: Progress) -> None:
    return


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Effort:
    """How a run is seeded and bounded. Seed and budget fix the roster unless the clock or a cancel ends the run."""

    seed: int = 1
    budget: int | None = None
    """Work in the algorithm's own unit (moves, generations, windows); None for its default."""
    time_limit: float = DEFAULT_TIME_LIMIT
    """Seconds."""
    on_progress: Callable[[Progress], None] = _ignore
    cancelled: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """Points of one roster that no other of the front beats in all three."""

    coverage: float
    fairness: float
    preferences: float


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A roster that keeps every hard constraint, and how it came about."""

    roster: RosterArray
    objective: Objective
    iterations: int
    seconds: float
    stop: Stop
    bound: float | None = None
    """Proved lower bound on the objective's total, where the algorithm has one."""
    front: tuple[ParetoPoint, ...] = ()

    @property
    def truncated(self) -> bool:
        """Ended by the clock or a cancel, so that another run may end elsewhere."""
        return self.stop in {"time", "cancelled"}

    @property
    def gap(self) -> float | None:
        """(incumbent - bound) / max(incumbent, 1)"""
        if self.bound is None:
            return None
        return max(self.objective.total - self.bound, 0.0) / max(self.objective.total, 1.0)

    @property
    def optimal(self) -> bool:
        """No roster has fewer points, by proof."""
        return self.gap is not None and self.gap <= PROVED


class Algorithm(Protocol):
    """A way to solve roster problems. Entry points of the group `entrepot.algorithms` name such objects."""

    @property
    def name(self) -> str:
        """What results show."""

    @property
    def key(self) -> str:
        """What `--algorithm` takes."""

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        """A roster within the effort; InvalidInput if the problem cannot be rostered at all."""


@dataclass(slots=True)
class Watch:
    """Time, cancellation and progress of one run."""

    effort: Effort
    budget: int
    started: float = field(default_factory=time.perf_counter)
    iterations: int = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(self.effort.time_limit - self.seconds, 0.0)

    def stop(self) -> Stop | None:
        """Why the run must end now, if it must."""
        if self.effort.cancelled():
            return "cancelled"
        if self.remaining <= 0.0:
            return "time"
        return "budget" if self.iterations >= self.budget else None

    def step(self, objective: float) -> None:
        """One unit of work is done."""
        self.iterations += 1
        self.effort.on_progress(Progress(min(self.iterations / self.budget, 1.0), objective))

    def solution(
        self,
        problem: RosterProblem,
        roster: RosterArray,
        stop: Stop,
        *,
        bound: float | None = None,
        front: tuple[ParetoPoint, ...] = (),
    ) -> Solution:
        """The end of the run."""
        return Solution(
            roster=roster,
            objective=evaluate(problem, roster),
            iterations=self.iterations,
            seconds=self.seconds,
            stop=stop,
            bound=bound,
            front=front,
        )
