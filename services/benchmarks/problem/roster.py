"""A roster as entries: what is stored, dumped and checked, and may be wrong in ways an array cannot hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.benchmarks.problem.arrays import OFF, Ints, RosterArray
from services.benchmarks.problem.calendar import Calendar
from services.benchmarks.problem.model import RosterProblem


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Parallel arrays, one item per assignment, in any order, double ones included."""

    employee: Ints
    day: Ints
    shift: Ints

    def __len__(self) -> int:
        return len(self.employee)


def entries_from_dates(calendar: Calendar, rows: Iterable[tuple[int, date, int]]) -> Entries:
    """Entries of the calendar's year from (employee, date, shift); other years are left out."""
    indexed = [(employee, calendar.index(day), shift) for employee, day, shift in rows]
    inside = np.array([row for row in indexed if row[1] is not None], np.int32).reshape(-1, 3)
    return Entries(inside[:, 0], inside[:, 1], inside[:, 2])


def entries_of(roster: RosterArray) -> Entries:
    """Entries by employee, then day."""
    employee, day = np.nonzero(roster != OFF)
    return Entries(employee.astype(np.int32), day.astype(np.int32), roster[employee, day].astype(np.int32))


def roster_of(problem: RosterProblem, entries: Entries) -> RosterArray:
    """The array of entries; of a double shift the last one wins."""
    roster = problem.empty_roster()
    roster[entries.employee, entries.day] = entries.shift
    return roster
