from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from libs.common.benchmarks.model import (
    CompanyDocument,
    EmployeeDocument,
    EmployeeRoster,
    PublishedRoster,
    ShiftDocument,
)
from libs.common.benchmarks.packing import pack
from services.gateway.pages.benchmarks.months import Month
from services.gateway.pages.benchmarks.people import people_of, person_year
from services.gateway.pages.benchmarks.roster_view import SHOWN_PEOPLE, RosterView, build

MARCH = Month(2025, 3)
SHIFT = ShiftDocument(id=1, name="EarlyShift", start="06:00:00", end="14:00:00", min_staff=1, max_staff=1)
ROSTER = PublishedRoster(algorithm="GA", generation="g", entries=2, year=2025, holidays="reference")
ROW = EmployeeRoster(
    employee=1,
    dates=pack([date(2025, 3, 3).toordinal(), date(2025, 3, 4).toordinal()]),
    shifts=pack([1, 1]),
    months={"2025-03": 200.0, "2025-04": 100.0, "2024-12": 50.0},
    preferred=1,
)


def person(number: int) -> EmployeeDocument:
    return EmployeeDocument(
        id=number, name=f"P{number}", max_hours_per_week=40, absences=[], preferred_shifts=[]
    )


def test_hours_are_those_of_the_year_and_of_the_month() -> None:
    one, other = people_of([person(1), person(2)], {1: ROW}, MARCH)
    assert (one.hours, one.month_hours) == (300.0, 200.0)
    assert one.contract_month == pytest.approx(173.2)
    assert one.percent == pytest.approx(100 * 300 / 2078.4)
    assert (other.hours, other.month_hours, other.percent) == (0.0, 0.0, 0.0)


def test_a_year_has_all_months_against_contract() -> None:
    year = person_year(ROSTER, person(1), ROW, 2025)
    assert [month.name for month in year.months][:3] == ["Jan", "Feb", "Mar"]
    march = year.months[2]
    assert (march.hours, march.shifts, march.most) == (200.0, 2, 210.0)
    assert march.difference == pytest.approx(26.8)
    assert [march.share, march.contract_share] == pytest.approx([100 / 1.05, 86.6 / 1.05])
    assert (year.shifts, year.preference_percent) == (2, 50.0)


def test_a_year_without_work() -> None:
    year = person_year(ROSTER, person(2), None, 2025)
    assert (year.hours, year.shifts, year.preference_percent) == (0, 0, None)
    assert [month.most for month in year.months] == pytest.approx([1.05 * 173.2] * 12)


def view(count: int, *, skipped: int = 0, chosen: EmployeeDocument | None = None) -> RosterView:
    company = CompanyDocument(
        id=1,
        name="Acme",
        size="small",
        master="m",
        shifts=1,
        employees=count,
        revision="r",
        updated_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    everybody = [person(number) for number in range(1, count + 1)]
    return build(
        company,
        ROSTER,
        MARCH,
        shifts=[SHIFT],
        employees=everybody,
        rows=[ROW],
        chosen=chosen,
        skipped=skipped,
    )


def test_people_are_shown_page_by_page() -> None:
    first = view(SHOWN_PEOPLE + 1)
    assert (len(first.people), first.next_people) == (SHOWN_PEOPLE, SHOWN_PEOPLE)
    last = view(SHOWN_PEOPLE + 1, skipped=SHOWN_PEOPLE)
    assert (len(last.people), last.next_people) == (1, None)
    assert view(2, skipped=10).people == []


def test_one_person_may_be_chosen_from_any_page() -> None:
    assert view(2).chosen is None
    chosen = view(SHOWN_PEOPLE + 1, chosen=person(1), skipped=SHOWN_PEOPLE).chosen
    assert chosen is not None
    assert [day.letter for day in chosen.days[:4]] == ["", "", "E", "E"]
    assert chosen.year.hours == 300.0
