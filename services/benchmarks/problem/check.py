"""The independent checker: counts what breaks a hard constraint, from the entries and the rules' text alone.

It reads times and contracts from the workplace, not from the arrays that algorithms use, so that an error there
cannot hide here. Sources: ROSTERING, Problem (Hard) and KPIs (violations).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from services.benchmarks.problem.arrays import Bools, Ints
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import Entries

MINIMUM_REST_HOURS = 11


@dataclass(frozen=True, slots=True)
class Violations:
    """How often each hard rule is broken."""

    double_shifts: int
    """Shifts beyond the first of a person and day."""
    rest: int
    """Pairs of successive shifts on different days with less than 11 h between."""
    weekly_hours: int
    """Weeks of a person above the contract."""
    absence: int
    """Shifts on a person's absence."""
    non_working: int
    """Shifts on a holiday, or on a Sunday where the company is closed."""
    overstaffed: int
    """Places taken beyond a shift's maximum."""

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach, in words a person understands."""

    rule: str
    employee: str | None
    date: str
    detail: str


def check(problem: RosterProblem, entries: Entries) -> Violations:
    """Count every breach of a hard constraint."""
    return Violations(
        double_shifts=int(_double(entries).sum()),
        rest=int(_short_rest(problem, entries).sum()),
        weekly_hours=int((_weekly_minutes(problem, entries) > _contract_minutes(problem)[:, None]).sum()),
        absence=int(_on_absence(problem, entries).sum()),
        non_working=int(_on_closed_day(problem, entries).sum()),
        overstaffed=int(np.maximum(_staff(problem, entries) - _maximum(problem)[:, None], 0).sum()),
    )


def findings(problem: RosterProblem, entries: Entries, limit: int = 100) -> list[Finding]:
    """The first breaches, rule by rule."""
    return [finding for finding, _ in zip(_findings(problem, entries), range(limit), strict=False)]


def _findings(problem: RosterProblem, entries: Entries) -> Iterator[Finding]:
    shifts = problem.workplace.shifts
    masks = {
        "double_shifts": _double(entries),
        "rest": _short_rest(problem, entries),
        "absence": _on_absence(problem, entries),
        "non_working": _on_closed_day(problem, entries),
    }
    for rule, mask in masks.items():
        for index in np.flatnonzero(mask):
            yield _finding(
                problem, rule, entries.employee[index], entries.day[index], shifts[entries.shift[index]].name
            )
    minutes = _weekly_minutes(problem, entries)
    for employee, week in np.argwhere(minutes > _contract_minutes(problem)[:, None]):
        hours = f"{minutes[employee, week] / 60:g} h in the week"
        yield _finding(problem, "weekly_hours", employee, problem.week_starts[week], hours)
    staff = _staff(problem, entries)
    for shift, day in np.argwhere(staff > _maximum(problem)[:, None]):
        yield _finding(problem, "overstaffed", None, day, f"{shifts[shift].name}: {staff[shift, day]} people")


def _finding(problem: RosterProblem, rule: str, employee: int | None, day: int, detail: str) -> Finding:
    name = None if employee is None else problem.workplace.employees[employee].name
    return Finding(rule, name, problem.calendar.dates[day].isoformat(), detail)


def _double(entries: Entries) -> Bools:
    """[entry]: the person already works on that day."""
    repeated = np.ones(len(entries), np.bool_)
    cells = entries.employee.astype(np.int64) * 1000 + entries.day
    repeated[np.unique(cells, return_index=True)[1]] = False
    return repeated


def _short_rest(problem: RosterProblem, entries: Entries) -> Bools:
    """[entry]: less than 11 h since the person's last shift, which began on an earlier day."""
    starts = [shift.start.hour * 60 + shift.start.minute for shift in problem.workplace.shifts]
    lengths = [shift.minutes for shift in problem.workplace.shifts]
    begin = entries.day * 1440 + np.array(starts, np.int32)[entries.shift]
    end = begin + np.array(lengths, np.int32)[entries.shift]
    order = np.lexsort((end, begin, entries.employee))
    before, after = order[:-1], order[1:]
    rest = begin[after] - end[before]
    same_person = entries.employee[before] == entries.employee[after]
    other_day = entries.day[before] != entries.day[after]
    short = np.zeros(len(entries), np.bool_)
    short[after] = same_person & other_day & (rest < MINIMUM_REST_HOURS * 60)
    return short


def _weekly_minutes(problem: RosterProblem, entries: Entries) -> Ints:
    """[employee, ISO week of the year]: a shift counts in full on its first day."""
    monday_first = np.array([(day.toordinal() - 1) // 7 for day in problem.calendar.dates], np.int32)
    week = monday_first - monday_first[0]
    lengths = np.array([shift.minutes for shift in problem.workplace.shifts], np.int32)
    minutes = np.zeros((len(problem.workplace.employees), week[-1] + 1), np.int32)
    np.add.at(minutes, (entries.employee, week[entries.day]), lengths[entries.shift])
    return minutes


def _contract_minutes(problem: RosterProblem) -> Ints:
    return np.array([person.max_hours_per_week * 60 for person in problem.workplace.employees], np.int64)


def _on_absence(problem: RosterProblem, entries: Entries) -> Bools:
    first = problem.calendar.dates[0].toordinal()
    days = len(problem.calendar.dates)
    away = np.zeros((len(problem.workplace.employees), days), np.bool_)
    for row, person in zip(away, problem.workplace.employees, strict=True):
        offsets = [absence.toordinal() - first for absence in person.absences]
        row[[offset for offset in offsets if 0 <= offset < days]] = True
    return np.asarray(away[entries.employee, entries.day])


def _on_closed_day(problem: RosterProblem, entries: Entries) -> Bools:
    sundays = problem.workplace.company.sunday_is_workday
    closed = [
        holiday or (day.isoweekday() == 7 and not sundays)  # noqa: PLR2004 - ISO 8601: 7 is Sunday
        for day, holiday in zip(problem.calendar.dates, problem.calendar.holiday, strict=True)
    ]
    return np.array(closed, np.bool_)[entries.day]


def _staff(problem: RosterProblem, entries: Entries) -> Ints:
    """[shift, day]: people at work."""
    staff = np.zeros((len(problem.workplace.shifts), len(problem.calendar.dates)), np.int32)
    np.add.at(staff, (entries.shift, entries.day), 1)
    return staff


def _maximum(problem: RosterProblem) -> Ints:
    return np.array([shift.max_staff for shift in problem.workplace.shifts], np.int32)
