"""Crossover and mutation of rosters, shared by the evolutionary algorithms.

Availability, weekly hours and staffing are rules within an ISO week, so a child made of whole weeks of two parents
keeps them; only rest across a border between parents can break and is repaired there.
"""

from __future__ import annotations

import numpy as np

from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.problem.arrays import OFF, RosterArray
from services.benchmarks.problem.state import RosterState

CUTS = 4
"""Borders between the parents' weeks; many cuts lose more to repair than they gain."""
WEEK_SHARE = 0.3
"""Mutations that refill a week instead of a day."""
NOISE = 5.0
"""Points by which a mutation is blurred at most."""


def cross(first: RosterState, second: RosterState, source: np.random.Generator) -> RosterState:
    """A child with stretches of whole weeks from both parents."""
    problem = first.problem
    cuts = np.sort(source.integers(1, max(problem.calendar.weeks, 2), CUTS))
    from_second = np.searchsorted(cuts, problem.calendar.week, side="right") % 2 == 1
    roster = np.where(from_second, second.roster, first.roster)
    borders = np.flatnonzero(np.diff(from_second)) + 1
    _repair(first, roster, borders)
    return RosterState.of(problem, roster)


def mutate(state: RosterState, moves: Moves, source: np.random.Generator, count: int) -> None:
    """Refill some days or weeks under blurred costs."""
    for _ in range(count):
        noise = source.uniform(0.0, NOISE)
        if source.random() < WEEK_SHARE:
            moves.refill_week(state, moves.week_days[source.integers(len(moves.week_days))], source, noise)
        else:
            moves.refill_day(state, int(source.choice(moves.days)), source, noise)


def _repair(parent: RosterState, roster: RosterArray, borders: np.ndarray) -> None:
    """Whoever would have less than 11 h of rest across a border stays at home on the day after it."""
    for day in borders:
        today = roster[:, day]
        at_work = today != OFF
        rested = parent.problem.follows[roster[:, day - 1], today]
        roster[at_work & ~rested, day] = OFF
