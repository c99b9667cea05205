"""The arrays say what the workplace says."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pytest

from libs.common.errors import InvalidInput
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.model import RosterProblem, require_solvable
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace
from tests.unit.services.benchmarks.workplaces import EARLY, LATE, NIGHT, problem_of, shop


def test_rest_of_eleven_hours_decides_what_may_follow() -> None:
    morning = Shift("MorningShift", time(10), time(18), 0, 1)
    problem = problem_of(shop(shifts=(EARLY, morning, LATE, NIGHT)))
    expected = [
        # early, morning, late, night on the next day
        [True, True, True, True],
        [True, True, True, True],
        [False, True, True, True],
        [False, False, False, True],
    ]
    assert problem.may_follow.tolist() == expected


@pytest.mark.parametrize(("start", "allowed"), [(time(8, 59), False), (time(9), True)])
def test_rest_is_exact_to_the_minute(start: time, allowed: bool) -> None:
    next_day = Shift("Next", start, time(20), 0, 1)
    problem = problem_of(shop(shifts=(LATE, next_day)))
    assert problem.may_follow[0, 1] == allowed


def test_off_allows_everything_on_both_sides() -> None:
    problem = problem_of(shop(shifts=(LATE, EARLY)))
    assert problem.follows[-1].all()
    assert problem.precedes[-1].all()
    assert not problem.follows[0, 1]
    assert not problem.precedes[1, 0]


def test_absences_holidays_and_sundays_are_not_available() -> None:
    ann = Employee("Ann", 40, (date(2025, 3, 3), date(2024, 3, 3)))
    problem = problem_of(shop(ann, Employee("Bob", 40)))
    day = problem.calendar.index(date(2025, 3, 3))
    assert not problem.available[0, day]
    assert problem.available[1, day]
    assert not problem.available[:, problem.calendar.index(date(2025, 12, 25))].any()
    assert not problem.available[:, problem.calendar.index(date(2025, 3, 2))].any()


def test_who_names_no_known_shift_prefers_all() -> None:
    people = (Employee("A", 40, (), ("LateShift",)), Employee("B", 40), Employee("C", 40, (), ("Gone",)))
    assert problem_of(shop(*people)).preferred.tolist() == [[False, True], [True, True], [True, True]]


def test_contract_in_minutes() -> None:
    problem = problem_of(shop(Employee("A", 32), Employee("B", 500)))
    assert problem.week_limit.tolist() == [32 * 60, 168 * 60]
    assert problem.month_target[0] == pytest.approx(4.33 * 32 * 60)


def test_week_starts_cover_the_year() -> None:
    problem = problem_of(shop())
    assert problem.week_starts[0] == 0
    assert problem.week_starts[-1] == 365
    assert (np.diff(problem.week_starts) <= 7).all()


def test_a_company_that_cannot_be_rostered_is_refused_with_all_reasons() -> None:
    long = Shift("Long", time(6), time(20), 0, 1)
    nobody = Workplace(Company("None", "small"), (long,), ())
    with pytest.raises(InvalidInput) as refused:
        require_solvable(RosterProblem(nobody, calendar_of(2025)))
    assert [problem.path for problem in refused.value.problems] == ["shifts/Long", "employees"]


def test_thirteen_hours_are_the_longest_shift() -> None:
    require_solvable(problem_of(shop(shifts=(Shift("Long", time(6), time(19), 0, 1),))))
