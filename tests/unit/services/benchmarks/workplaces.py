"""Small companies for tests, made by hand or by hypothesis."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import strategies as st

from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace

YEAR = 2025
EARLY = Shift("EarlyShift", time(6), time(14), 1, 2)
LATE = Shift("LateShift", time(14), time(22), 1, 2)
NIGHT = Shift("NightShift", time(22), time(6), 0, 1)


def shop(*employees: Employee, shifts: tuple[Shift, ...] = (EARLY, LATE), sundays: bool = False) -> Workplace:
    company = Company("Shop", "small", sunday_is_workday=sundays)
    people = employees or (Employee("Ann", 40), Employee("Bob", 32), Employee("Cid", 40), Employee("Dee", 40))
    return Workplace(company, shifts, people)


def problem_of(workplace: Workplace) -> RosterProblem:
    return RosterProblem(workplace, calendar_of(YEAR))


def absent_except(*open_days: date) -> tuple[date, ...]:
    """Absences that leave only some days of the year, which makes a problem small enough to enumerate."""
    days = (date(YEAR, 1, 1) + timedelta(number) for number in range(365))
    return tuple(day for day in days if day not in open_days)


@st.composite
def shifts(draw: st.DrawFn, index: int) -> Shift:
    start = draw(st.integers(0, 23))
    hours = draw(st.integers(1, 13))
    least = draw(st.integers(0, 3))
    most = least + draw(st.integers(0, 3))
    minute = draw(st.sampled_from((0, 30)))
    return Shift(f"S{index}", time(start, minute), time((start + hours) % 24, minute), least, most)


@st.composite
def workplaces(draw: st.DrawFn) -> Workplace:
    """Up to four shifts of any length that can be rostered, up to six people with absences and wishes."""
    team = tuple(draw(shifts(index)) for index in range(draw(st.integers(1, 4))))
    people = []
    for index in range(draw(st.integers(1, 6))):
        away = draw(st.sets(st.integers(0, 364), max_size=40))
        wishes = draw(st.sets(st.sampled_from([shift.name for shift in team]), max_size=2))
        people.append(
            Employee(
                name=f"P{index}",
                max_hours_per_week=draw(st.integers(1, 60)),
                absences=tuple(date(YEAR, 1, 1) + timedelta(number) for number in sorted(away)),
                preferred_shifts=tuple(sorted(wishes)),
            )
        )
    return Workplace(Company("Any", "small", sunday_is_workday=draw(st.booleans())), team, tuple(people))
