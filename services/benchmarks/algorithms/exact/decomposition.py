"""From the year's relaxed plan to a roster: weeks placed one by one against the plan, then improved in windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from services.benchmarks.algorithms.exact.convex import unit_of
from services.benchmarks.algorithms.exact.relaxation import Plan, relax
from services.benchmarks.algorithms.exact.window import WindowModel, window_model, working_days
from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.algorithms.port import PROVED, Effort, Solution, Stop, Watch
from services.benchmarks.problem.arrays import OFF, Floats
from services.benchmarks.problem.model import RosterProblem, require_solvable
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.state import RosterState

IMPROVING_WEEKS = 2
"""Weeks per window after the first pass; two overlap by one and see the rest across a Sunday."""
RELAXATION_SHARE = 0.5
"""Part of the time that the bound may take."""


class WindowSolver(Protocol):
    """An exact solver of window models, deterministic unless `seconds` run out."""

    def __call__(self, window: WindowModel, *, seconds: float, seed: int) -> Floats | None:
        """Values of the best feasible point found."""


def solve_by_windows(problem: RosterProblem, effort: Effort, solver: WindowSolver, passes: int) -> Solution:
    """Bound, first pass, improving passes. The unit of the budget is a window."""
    require_solvable(problem)
    weeks = problem.calendar.weeks
    watch = Watch(effort, effort.budget or weeks * (1 + passes))
    plan = relax(problem, effort.time_limit * RELAXATION_SHARE)
    proved = bool(np.isfinite(plan.bound))
    moves = Moves(problem)
    state = moves.construct()
    stop = watch.stop() if proved else "time"
    if stop is None:
        placed, stop = _place(moves, plan, solver, watch)
        state = min(placed, state, key=_points)
    if stop is None:
        stop = _improve(state, plan.bound, solver, watch)
    if _points(state) - plan.bound <= PROVED * max(_points(state), 1.0):
        stop = "optimal"
    return watch.solution(problem, state.roster, stop, bound=plan.bound if proved else None)


def _points(state: RosterState) -> float:
    return evaluate(state.problem, state.roster).total


def _place(moves: Moves, plan: Plan, solver: WindowSolver, watch: Watch) -> tuple[RosterState, Stop | None]:
    """A roster week by week; weeks to come count with the hours that the plan gives them.

    Weeks for which the effort does not suffice are filled by the heuristics' move.
    """
    problem = moves.problem
    state = RosterState.of(problem, problem.empty_roster())
    planned = _planned_minutes(problem, plan)
    state.month += planned.sum(axis=0)
    state.year += planned.sum(axis=(0, 2))
    stop: Stop | None = None
    for week in range(problem.calendar.weeks):
        state.month -= planned[week]
        state.year -= planned[week].sum(axis=1)
        stop = stop or watch.stop()
        if stop is None:
            _solve_window(state, week, 1, solver, watch)
    if stop is not None:
        source = np.random.default_rng(watch.effort.seed)
        for days in moves.week_days:
            if (state.roster[:, days] == OFF).all():
                moves.refill_week(state, days, source, noise=0.0)
    return state, stop


def _planned_minutes(problem: RosterProblem, plan: Plan) -> np.ndarray:
    """[week, employee, month]: whole units of planned work; nothing without a plan."""
    calendar = problem.calendar
    planned = np.zeros((calendar.weeks, problem.employees, 12), np.int32)
    if plan.minutes is not None:
        starts = np.searchsorted(plan.part, np.arange(plan.minutes.shape[1]))
        unit = unit_of(problem)
        whole = (np.rint(plan.minutes / unit) * unit).astype(np.int32)
        planned[calendar.week[starts], :, calendar.month[starts]] = whole.T
    return planned


def _improve(state: RosterState, bound: float, solver: WindowSolver, watch: Watch) -> Stop:
    """Solve overlapping windows in turn until a whole pass finds nothing, the bound is met or the effort is spent."""
    weeks = state.problem.calendar.weeks
    points, idle = _points(state), 0
    for first in _windows(weeks):
        if points - bound <= PROVED * max(points, 1.0):
            return "optimal"
        stop = watch.stop() or ("budget" if idle >= weeks else None)
        if stop:
            return stop
        _solve_window(state, first, min(IMPROVING_WEEKS, weeks - first), solver, watch)
        before, points = points, _points(state)
        idle = idle + 1 if points >= before - PROVED else 0
    return "budget"


def _windows(weeks: int) -> Iterator[int]:
    while True:
        yield from range(max(weeks - IMPROVING_WEEKS, 0) + 1)


def _solve_window(state: RosterState, first: int, weeks: int, solver: WindowSolver, watch: Watch) -> None:
    """Replace some weeks by their optimum; the border weeks of a year may hold no working day at all."""
    days = working_days(state.problem, first, weeks)
    if days.size:
        window = window_model(state, days)
        values = solver(window, seconds=watch.remaining, seed=watch.effort.seed)
        if values is not None:
            state.put_all(days, window.columns_of(values))
    watch.step(_points(state))
