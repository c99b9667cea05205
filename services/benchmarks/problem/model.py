"""A workplace and a calendar as arrays, which is what algorithms work on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from libs.common.errors import InvalidInput
from libs.common.errors import Problem as InputProblem
from services.benchmarks.problem.arrays import OFF, Bools, Floats, Ints, RosterArray
from services.benchmarks.problem.calendar import Calendar
from services.benchmarks.problem.workplace import MINUTES_PER_DAY, Workplace

REST_MINUTES = 11 * 60
LONGEST_SHIFT_MINUTES = MINUTES_PER_DAY - REST_MINUTES
"""A longer shift leaves no 11 h of rest within a day; up to here only neighbouring days can conflict."""
WEEKS_PER_MONTH = 4.33
MONTHS = 12


@dataclass(frozen=True, eq=False)
class RosterProblem:
    """Hard constraints and soft goals of one company and year. All hours are in minutes, so sums are exact."""

    workplace: Workplace
    calendar: Calendar

    @cached_property
    def employees(self) -> int:
        return len(self.workplace.employees)

    @cached_property
    def shifts(self) -> int:
        return len(self.workplace.shifts)

    @cached_property
    def days(self) -> int:
        return self.calendar.days

    @cached_property
    def working(self) -> Bools:
        """[day]: neither a holiday nor a Sunday on which the company is closed."""
        return self.calendar.working(sundays=self.workplace.company.sunday_is_workday)

    @cached_property
    def available(self) -> Bools:
        """[employee, day]: may work, that is a working day without absence."""
        mask = np.tile(self.working, (self.employees, 1))
        for row, employee in zip(mask, self.workplace.employees, strict=True):
            away = [self.calendar.index(day) for day in employee.absences]
            row[[index for index in away if index is not None]] = False
        return mask

    @cached_property
    def shift_minutes(self) -> Ints:
        return np.array([shift.minutes for shift in self.workplace.shifts], np.int32)

    @cached_property
    def minutes_of_index(self) -> Ints:
        """[shift or OFF]: minutes of what a roster's cell holds; OFF, being -1, finds the 0 at the end."""
        return np.append(self.shift_minutes, np.int32(0))

    @cached_property
    def min_staff(self) -> Ints:
        return np.array([shift.min_staff for shift in self.workplace.shifts], np.int32)

    @cached_property
    def max_staff(self) -> Ints:
        return np.array([shift.max_staff for shift in self.workplace.shifts], np.int32)

    @cached_property
    def useful_staff(self) -> Ints:
        """[shift]: places worth modelling; a maximum above the head count adds nothing."""
        return np.minimum(self.max_staff, self.employees).astype(np.int32)

    @cached_property
    def week_limit(self) -> Ints:
        """[employee]: minutes per ISO week."""
        hours = [min(employee.max_hours_per_week, 168) for employee in self.workplace.employees]
        return np.array(hours, np.int32) * 60

    @cached_property
    def month_target(self) -> Floats:
        """[employee]: contract minutes per month, 4.33 weeks."""
        hours = [employee.max_hours_per_week for employee in self.workplace.employees]
        return np.array(hours, np.float64) * 60 * WEEKS_PER_MONTH

    @cached_property
    def preferred(self) -> Bools:
        """[employee, shift]: wanted; all shifts for a person who names none of them."""
        names = [shift.name for shift in self.workplace.shifts]
        wanted = np.array(
            [[name in person.preferred_shifts for name in names] for person in self.workplace.employees],
            np.bool_,
        ).reshape(self.employees, self.shifts)
        return wanted | ~wanted.any(axis=1, keepdims=True)

    @cached_property
    def may_follow(self) -> Bools:
        """[shift, next day's shift]: at least 11 h of rest lie between."""
        start = np.array([shift.start_minute for shift in self.workplace.shifts], np.int32)
        rest = MINUTES_PER_DAY + start[None, :] - (start + self.shift_minutes)[:, None]
        return np.asarray(rest >= REST_MINUTES)

    @cached_property
    def follows(self) -> Bools:
        """[shift of the day before, shift]: `may_follow`, with a last row for OFF, which allows everything."""
        return np.vstack([self.may_follow, np.ones(self.shifts, np.bool_)])

    @cached_property
    def precedes(self) -> Bools:
        """[shift of the day after, shift]: the same, looking ahead."""
        return np.vstack([self.may_follow.T, np.ones(self.shifts, np.bool_)])

    @cached_property
    def week_starts(self) -> Ints:
        """[week + 1]: first day of each ISO week of the year, and the number of days."""
        return np.searchsorted(self.calendar.week, np.arange(self.calendar.weeks + 1)).astype(np.int32)

    def empty_roster(self) -> RosterArray:
        return np.full((self.employees, self.days), OFF, np.int16)


def require_solvable(problem: RosterProblem) -> None:
    """Refuse what no algorithm can serve: nobody, no shift, or a shift too long for 11 h of rest a day."""
    problems = [
        _unsolvable(f"shifts/{shift.name}", f"{shift.name} lasts {shift.minutes / 60:g} h, more than 13 h.")
        for shift in problem.workplace.shifts
        if shift.minutes > LONGEST_SHIFT_MINUTES
    ]
    if not problem.workplace.shifts:
        problems.append(_unsolvable("shifts", "The company has no shifts."))
    if not problem.workplace.employees:
        problems.append(_unsolvable("employees", "The company has no employees."))
    if problems:
        raise InvalidInput("This company cannot be rostered.", problems=problems)


def _unsolvable(path: str, message: str) -> InputProblem:
    return InputProblem(
        category="constraint",
        code="unsolvable",
        path=path,
        message=message,
        remedy="Change the company's data and run again.",
    )
