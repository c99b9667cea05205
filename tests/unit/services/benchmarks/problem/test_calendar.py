"""Days, ISO weeks and holidays of a year."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.errors import InvalidInput
from services.benchmarks.problem.calendar import calendar_of, holidays_of


def test_reference_region_is_nationwide_and_epiphany() -> None:
    closed = holidays_of(2025)
    assert date(2025, 1, 6) in closed
    assert date(2025, 10, 3) in closed
    assert date(2025, 6, 19) not in closed  # Corpus Christi is regional
    assert len(closed) == 10


def test_other_regions_have_their_own_days() -> None:
    assert date(2025, 10, 26) in holidays_of(2025, "AT")
    assert date(2025, 8, 15) in holidays_of(2025, "DE-SL")
    assert date(2025, 1, 6) not in holidays_of(2025, "DE")


@pytest.mark.parametrize("region", ["XX", "DE-NOWHERE", "", "DE-BY-1"])
def test_unknown_regions_are_refused(region: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        holidays_of(2025, region)
    assert refused.value.problems[0].path == "region"


@given(st.integers(1990, 2060))
def test_weeks_are_iso_weeks(year: int) -> None:
    calendar = calendar_of(year)
    weeks = [day.isocalendar()[:2] for day in calendar.dates]
    for index in range(1, calendar.days):
        assert (weeks[index] != weeks[index - 1]) == (calendar.week[index] != calendar.week[index - 1])
    assert calendar.weeks == len(set(weeks))


@given(st.integers(1990, 2060))
def test_every_day_of_the_year_once(year: int) -> None:
    calendar = calendar_of(year)
    assert calendar.dates[0] == date(year, 1, 1)
    assert calendar.dates[-1] == date(year, 12, 31)
    assert [calendar.index(day) for day in calendar.dates] == list(range(calendar.days))
    assert [month + 1 for month in calendar.month] == [day.month for day in calendar.dates]


def test_days_of_other_years_have_no_index() -> None:
    calendar = calendar_of(2025)
    assert calendar.index(date(2024, 12, 31)) is None
    assert calendar.index(date(2026, 1, 1)) is None


def test_sundays_count_only_where_the_company_works_on_them() -> None:
    calendar = calendar_of(2025)
    closed = calendar.working(sundays=False)
    opened = calendar.working(sundays=True)
    sundays = np.array([day.isoweekday() == 7 for day in calendar.dates])
    assert not closed[sundays].any()
    assert opened.sum() == 365 - 10
    assert (opened & ~closed).sum() == (sundays & ~calendar.holiday).sum()
