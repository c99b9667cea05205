"""Key figures of rosters that a person can count."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from services.benchmarks.kpis.compute import daily_coverage, kpis_of
from services.benchmarks.kpis.model import Kpis, differences
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.roster import entries_from_dates, roster_of
from services.benchmarks.problem.workplace import Employee
from tests.unit.services.benchmarks.workplaces import EARLY, LATE, NIGHT, problem_of, shop

ANN = Employee("Ann", 40, (), ("EarlyShift",))
BOB = Employee("Bob", 32)


@pytest.fixture
def problem() -> RosterProblem:
    return problem_of(shop(ANN, BOB, shifts=(EARLY, LATE, NIGHT)))


def figures(problem: RosterProblem, *rows: tuple[int, date, int]) -> Kpis:
    return kpis_of(problem, entries_from_dates(problem.calendar, rows))


def test_hours(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 3, 3), 0), (0, date(2025, 3, 4), 0), (1, date(2025, 3, 3), 1))
    assert kpis.entries == 3
    assert kpis.total_hours == 24
    assert (kpis.min_hours, kpis.mean_hours, kpis.max_hours) == (8, 12, 16)
    assert kpis.std_hours == pytest.approx(np.std([16, 8], ddof=1))
    assert kpis.cv_percent == pytest.approx(100 * kpis.std_hours / 12)
    assert kpis.utilisation_percent == pytest.approx(100 * 24 / (12 * 4.33 * 72))


def test_night_of_the_last_day_counts_in_full(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 12, 31), 2), (1, date(2025, 1, 31), 2))
    assert kpis.total_hours == 16
    assert kpis.monthly_hours["40"][11] == 8
    assert kpis.monthly_hours["32"] == (8, *[0] * 11)


def test_coverage(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 3, 3), 0), (1, date(2025, 3, 3), 0))
    days = int(problem.working.sum())
    early, late, night = kpis.coverage
    assert early.percent_of_minimum == pytest.approx(200 / days)
    assert early.percent_of_maximum == pytest.approx(100 / days)
    assert (early.understaffed_days, late.understaffed_days, night.understaffed_days) == (days - 1, days, 0)
    assert night.percent_of_minimum is None
    assert kpis.understaffed_slots == kpis.missing_people == 2 * days - 1


def test_daily_coverage_leaves_closed_days_out(problem: RosterProblem) -> None:
    day = date(2025, 3, 3)
    entries = entries_from_dates(problem.calendar, [(0, day, 0)])
    of_minimum, of_maximum = daily_coverage(problem, entries)
    assert of_minimum[problem.calendar.index(day)][0] == 100
    assert of_maximum[problem.calendar.index(day)][0] == 50
    assert np.isnan(of_minimum[problem.calendar.index(date(2025, 3, 2))]).all()
    assert np.isnan(of_minimum[:, 2]).all()


def test_preferences_count_people_who_have_some(problem: RosterProblem) -> None:
    rows = [(0, date(2025, 3, 3), 0), (0, date(2025, 3, 5), 1), (1, date(2025, 3, 3), 1)]
    assert figures(problem, *rows).preference_percent == 50
    assert figures(problem, rows[2]).preference_percent == 100


def test_broken_rosters_have_figures_too(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 12, 25), 0), (0, date(2025, 12, 25), 1))
    assert kpis.violations.double_shifts == 1
    assert kpis.violations.non_working == 2
    assert kpis.objective is None


def test_objective_is_the_published_one(problem: RosterProblem) -> None:
    rows = [(0, date(2025, 3, 3), 0)]
    entries = entries_from_dates(problem.calendar, rows)
    assert figures(problem, *rows).objective == evaluate(problem, roster_of(problem, entries)).total


def test_empty_roster(problem: RosterProblem) -> None:
    kpis = figures(problem)
    assert kpis.total_hours == kpis.gini == kpis.cv_percent == 0
    assert kpis.jain == 1


def test_claims_that_differ_are_named(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 3, 3), 0))
    assert differences(kpis, kpis) == []
    assert differences(kpis.model_copy(update={"gini": 0.25, "entries": 2}), kpis) == ["entries", "gini"]
    violations = kpis.violations.model_copy(update={"rest": 1})
    assert differences(kpis.model_copy(update={"violations": violations}), kpis) == ["violations.rest"]


def test_rounding_is_no_difference(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 3, 3), 0))
    assert differences(kpis.model_copy(update={"gini": kpis.gini * (1 + 1e-9)}), kpis) == []


def test_figures_survive_json(problem: RosterProblem) -> None:
    kpis = figures(problem, (0, date(2025, 3, 3), 0))
    assert Kpis.model_validate_json(kpis.model_dump_json()) == kpis
