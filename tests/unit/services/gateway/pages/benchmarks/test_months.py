from __future__ import annotations

from datetime import date

from libs.common.benchmarks.model import EmployeeDocument, EmployeeRoster, ShiftDocument
from libs.common.benchmarks.packing import pack
from services.gateway.pages.benchmarks.months import Month, Staffing, grid_of, month_of

EARLY = ShiftDocument(id=1, name="EarlyShift", start="06:00:00", end="14:00:00", min_staff=1, max_staff=1)
LATE = ShiftDocument(id=2, name="LateShift", start="14:00:00", end="22:00:00", min_staff=1, max_staff=2)
MARCH = Month(2025, 3)
ADA = EmployeeDocument(
    id=7, name="Ada", max_hours_per_week=40, absences=["2025-03-05"], preferred_shifts=["LateShift"]
)


def works(employee: int, **shifts: int) -> EmployeeRoster:
    """Days of March as `d3=1`: shift 1 on the third."""
    days = [date(2025, 3, int(day[1:])).toordinal() for day in shifts]
    return EmployeeRoster(
        employee=employee, dates=pack(days), shifts=pack(shifts.values()), months={}, preferred=0
    )


def staffing(*rows: EmployeeRoster, day: int) -> list[Staffing]:
    return [row.cells[day - 1].staffing for row in grid_of(MARCH, [EARLY, LATE], rows).rows]


def test_months_are_read_and_written_as_in_addresses() -> None:
    assert str(Month.parse("2025-03")) == "2025-03"
    assert MARCH.title == "March 2025"


def test_months_go_on_over_the_turn_of_the_year() -> None:
    assert Month(2025, 12).moved(1) == Month(2026, 1)
    assert Month(2025, 1).moved(-1) == Month(2024, 12)
    assert MARCH.moved(0) == MARCH


def test_days_across() -> None:
    grid = grid_of(MARCH, [EARLY, LATE], [])
    assert (grid.days[0], grid.days[-1]) == (date(2025, 3, 1), date(2025, 3, 31))
    assert [len(row.cells) for row in grid.rows] == [31, 31]


def test_too_few_and_too_many_are_seen() -> None:
    rows = (works(1, d3=1), works(2, d3=1))
    assert staffing(*rows, day=3) == [Staffing.OVER, Staffing.UNDER]
    grid = grid_of(MARCH, [EARLY, LATE], rows)
    assert (grid.under, grid.over) == (1, 1)


def test_enough_is_right() -> None:
    assert staffing(works(1, d3=1), works(2, d3=2), day=3) == [Staffing.RIGHT, Staffing.RIGHT]


def test_where_nobody_works_nobody_is_missing() -> None:
    assert staffing(works(1, d3=1), day=4) == [Staffing.CLOSED, Staffing.CLOSED]
    assert grid_of(MARCH, [EARLY], []).under == 0


def test_other_months_do_not_count() -> None:
    assert grid_of(Month(2025, 4), [EARLY, LATE], [works(1, d3=1)]).under == 0


def test_a_persons_days() -> None:
    days = month_of(MARCH, ADA, works(7, d3=1, d4=2), {1: "EarlyShift", 2: "LateShift"})
    assert [day.letter for day in days[:6]] == ["", "", "E", "L", "-", ""]
    assert [day.words for day in days[:6]] == [
        *("free", "free", "EarlyShift", "LateShift, preferred", "absent", "free"),
    ]


def test_somebody_who_never_works_has_a_month_as_well() -> None:
    assert {day.words for day in month_of(MARCH, ADA, None, {})} == {"free", "absent"}
