"""The horizon: one calendar year with its holidays, ISO weeks and months."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.problem.arrays import Bools, Ints

SUNDAY = 6
REFERENCE_REGION = "reference"
"""Nationwide German holidays plus 6 January, as the reference implementation has them."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Days of `year` by index; `week` and `month` number ISO weeks and months from 0, border weeks included."""

    year: int
    region: str
    dates: tuple[date, ...]
    holiday: Bools
    weekday: Ints
    week: Ints
    month: Ints

    @property
    def days(self) -> int:
        return len(self.dates)

    @property
    def weeks(self) -> int:
        return int(self.week[-1]) + 1

    def index(self, day: date) -> int | None:
        """Index of a date, None outside the year."""
        return (day - self.dates[0]).days if day.year == self.year else None

    def working(self, *, sundays: bool) -> Bools:
        """Days on which a company works."""
        return np.asarray(~self.holiday & (sundays | (self.weekday != SUNDAY)))


def holidays_of(year: int, region: str = REFERENCE_REGION) -> Collection[date]:
    """Public holidays of `reference`, a country (`AT`) or a part of one (`DE-BY`); InvalidInput if unknown."""
    import holidays  # noqa: PLC0415  (as long to load as everything else of an export)

    if region == REFERENCE_REGION:
        return {*holidays.country_holidays("DE", years=year), date(year, 1, 6)}
    country, _, part = region.partition("-")
    try:
        return set(holidays.country_holidays(country.upper(), subdiv=part.upper() or None, years=year))
    except NotImplementedError as unknown:
        problem = Problem(
            category="request",
            code="unknown-region",
            path="region",
            message=f"No public holidays are known for {region!r}.",
            remedy="Give an ISO 3166 country (AT) or a part of one (DE-BY).",
        )
        raise InvalidInput("The holiday region is unknown.", problems=[problem]) from unknown


@lru_cache(maxsize=64)
def calendar_of(year: int, region: str = REFERENCE_REGION) -> Calendar:
    """The calendar of a year; every company of a run shares it."""
    first = date(year, 1, 1)
    dates = tuple(first + timedelta(n) for n in range(date(year, 12, 31).timetuple().tm_yday))
    closed = holidays_of(year, region)
    weekday = np.array([day.weekday() for day in dates], np.int32)
    return Calendar(
        year=year,
        region=region,
        dates=dates,
        holiday=np.array([day in closed for day in dates], np.bool_),
        weekday=weekday,
        week=(np.arange(len(dates), dtype=np.int32) + first.weekday()) // 7,
        month=np.array([day.month - 1 for day in dates], np.int32),
    )
