"""The checker finds each kind of breach, and nothing in a clean roster."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pytest

from services.benchmarks.problem.check import Violations, check, findings
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import Entries, entries_from_dates
from services.benchmarks.problem.workplace import Employee, Shift
from tests.unit.services.benchmarks.workplaces import EARLY, LATE, NIGHT, problem_of, shop

CLEAN = Violations(0, 0, 0, 0, 0, 0)
MONDAY = date(2025, 3, 3)


@pytest.fixture
def problem() -> RosterProblem:
    people = (Employee("Ann", 40, (date(2025, 3, 4),)), Employee("Bob", 16), Employee("Cid", 40))
    return problem_of(shop(*people, shifts=(EARLY, LATE, NIGHT)))


def entries(problem: RosterProblem, *rows: tuple[int, date, int]) -> Entries:
    return entries_from_dates(problem.calendar, rows)


def on(day: int) -> date:
    return date(2025, 3, day)


def test_nothing_is_clean(problem: RosterProblem) -> None:
    assert check(problem, entries(problem)) == CLEAN


def test_ordinary_work_is_clean(problem: RosterProblem) -> None:
    rows = [(0, on(3), 0), (0, on(5), 0), (1, on(3), 1), (1, on(4), 1), (2, on(3), 2), (2, on(4), 2)]
    assert check(problem, entries(problem, *rows)) == CLEAN


def test_double_shift(problem: RosterProblem) -> None:
    found = check(problem, entries(problem, (0, MONDAY, 0), (0, MONDAY, 1)))
    assert found.double_shifts == 1
    assert found.rest == 0


def test_the_same_shift_twice_is_double_too(problem: RosterProblem) -> None:
    assert check(problem, entries(problem, (0, MONDAY, 0), (0, MONDAY, 0))).double_shifts == 1


@pytest.mark.parametrize(
    ("before", "after", "broken"), [(1, 0, 1), (2, 0, 1), (2, 1, 1), (1, 1, 0), (2, 2, 0)]
)
def test_rest_between_days(problem: RosterProblem, before: int, after: int, broken: int) -> None:
    assert check(problem, entries(problem, (2, on(3), before), (2, on(4), after))).rest == broken


def test_rest_does_not_depend_on_the_order_of_entries(problem: RosterProblem) -> None:
    assert check(problem, entries(problem, (2, on(4), 0), (1, on(3), 1), (2, on(3), 1))).rest == 1


def test_rest_is_not_counted_between_people(problem: RosterProblem) -> None:
    assert check(problem, entries(problem, (1, on(3), 1), (2, on(4), 0))).rest == 0


def test_rest_reaches_over_a_day_after_a_very_long_shift() -> None:
    long = Shift("Long", time(20), time(19, 30), 0, 1)
    dawn = Shift("Dawn", time(4), time(6), 0, 1)
    problem = problem_of(shop(Employee("Ann", 60), shifts=(long, dawn)))
    assert check(problem, entries(problem, (0, on(3), 0), (0, on(5), 1))).rest == 1


def test_weekly_hours(problem: RosterProblem) -> None:
    three_days = [(1, on(day), 0) for day in (3, 4, 5)]
    assert check(problem, entries(problem, *three_days)).weekly_hours == 1
    across_sunday = [(1, on(day), 0) for day in (7, 8, 10, 11)]
    assert check(problem, entries(problem, *across_sunday)).weekly_hours == 0


def test_absence(problem: RosterProblem) -> None:
    assert check(problem, entries(problem, (0, on(4), 0))).absence == 1


def test_holiday_and_sunday(problem: RosterProblem) -> None:
    found = check(problem, entries(problem, (0, date(2025, 12, 25), 0), (0, on(2), 0)))
    assert found.non_working == 2


def test_sunday_is_fine_where_the_company_works() -> None:
    problem = problem_of(shop(sundays=True))
    assert check(problem, entries(problem, (0, on(2), 0))) == CLEAN


def test_too_many_people(problem: RosterProblem) -> None:
    rows = [(person, on(5), 0) for person in range(3)]
    assert check(problem, entries(problem, *rows)).overstaffed == 1


def test_total_sums_all_rules() -> None:
    assert Violations(1, 2, 3, 4, 5, 6).total == 21


def test_findings_name_person_day_and_rule(problem: RosterProblem) -> None:
    found = findings(problem, entries(problem, (0, on(4), 0), (2, on(3), 1), (2, on(4), 0)))
    assert {(item.rule, item.employee, item.date) for item in found} == {
        ("absence", "Ann", "2025-03-04"),
        ("rest", "Cid", "2025-03-04"),
    }


def test_findings_list_weeks_and_places(problem: RosterProblem) -> None:
    rows = [(1, on(day), 0) for day in (3, 4, 5)] + [(0, on(3), 0), (2, on(3), 0)]
    found = {item.rule: item for item in findings(problem, entries(problem, *rows))}
    assert found["weekly_hours"].detail == "24 h in the week"
    assert found["overstaffed"].employee is None


def test_findings_stop_at_the_limit(problem: RosterProblem) -> None:
    rows = [(0, on(day), 0) for day in range(1, 29)] * 2
    assert len(findings(problem, entries(problem, *rows), limit=5)) == 5


def test_entries_of_other_years_are_left_out(problem: RosterProblem) -> None:
    assert len(entries(problem, (0, date(2024, 5, 1), 0), (0, MONDAY, 0))) == 1
    assert entries(problem, (0, MONDAY, 0)).day.dtype == np.int32
