"""Rosters as stored, turned into what the read API answers: plain functions over the documents of one company."""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from libs.common.benchmarks.model import EmployeeDocument, EmployeeRoster, PublishedRoster, ShiftDocument
from libs.common.benchmarks.packing import unpack
from services.gateway.resources.benchmarks import (
    AlgorithmDay,
    AlgorithmEntries,
    AlgorithmStatistics,
    AlgorithmYear,
    EmployeeStatistics,
    Entry,
    MonthOfWork,
    Person,
    ShiftOnDay,
    ShiftResource,
)

WEEKS_PER_MONTH = 4.33
"""As key figures count contract hours (ROSTERING, Problem)."""
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Rows:
    """A published roster with its documents."""

    published: PublishedRoster
    employees: Sequence[EmployeeRoster]


@dataclass(frozen=True)
class Span:
    """Days from `first` up to, not including, `end`, as ordinals."""

    first: int
    end: int

    @classmethod
    def of(cls, year: int, month: int | None) -> Span:
        first = date(year, month or 1, 1)
        last = date(year, month or 12, monthrange(year, month or 12)[1])
        return cls(first.toordinal(), last.toordinal() + 1)

    @classmethod
    def of_day(cls, day: date) -> Span:
        return cls(day.toordinal(), day.toordinal() + 1)


def entries_within(
    rows: Rows, span: Span, employees: Mapping[int, EmployeeDocument], shifts: Mapping[int, ShiftDocument]
) -> AlgorithmEntries:
    """By date, then employee."""
    dates = {day: date.fromordinal(day).isoformat() for day in range(span.first, span.end)}
    names = {number: employee.name for number, employee in employees.items()}
    titles = {number: shift.name for number, shift in shifts.items()}
    entries: list[Entry] = [
        {
            "date": dates[day],
            "employee_id": employee,
            "employee": names[employee],
            "shift_id": shift,
            "shift": titles[shift],
        }
        for day, employee, shift in sorted(within(rows.employees, span))
    ]
    return AlgorithmEntries.model_construct(algorithm=rows.published.algorithm, entries=entries)


def staff_on(
    rows: Rows, span: Span, employees: Mapping[int, EmployeeDocument], shifts: Mapping[int, ShiftDocument]
) -> AlgorithmDay:
    """Every shift of the company, with the people who work it on that day."""
    staff: dict[int, list[Person]] = defaultdict(list)
    for _, employee, shift in within(rows.employees, span):
        staff[shift].append(Person(id=employee, name=employees[employee].name))
    return AlgorithmDay(
        algorithm=rows.published.algorithm,
        shifts=[
            ShiftOnDay(
                shift=ShiftResource(**dict(shift)),
                staff=staff[shift.id],
                understaffed=len(staff[shift.id]) < shift.min_staff,
            )
            for shift in shifts.values()
        ],
    )


def year_of(published: PublishedRoster, row: EmployeeRoster | None, year: int) -> AlgorithmYear:
    """One employee's months, those without work too."""
    counts = _shifts_by_month(row, year)
    hours = {month: (row.months if row else {}).get(f"{year:04}-{month:02}", 0.0) for month in MONTHS}
    return AlgorithmYear(
        algorithm=published.algorithm,
        hours=sum(hours.values()),
        shifts=sum(counts.values()),
        preference_percent=_preferred(row) if row else None,
        months=[MonthOfWork(month=month, hours=hours[month], shifts=counts[month]) for month in MONTHS],
    )


def statistics_of(rows: Rows, employees: Iterable[EmployeeDocument]) -> AlgorithmStatistics:
    """Of everybody, also of those who do not work."""
    by_id = {row.employee: row for row in rows.employees}
    months = len({month for row in rows.employees for month in row.months})
    return AlgorithmStatistics(
        algorithm=rows.published.algorithm,
        employees=[_statistics(employee, by_id.get(employee.id), months) for employee in employees],
    )


def _statistics(employee: EmployeeDocument, row: EmployeeRoster | None, months: int) -> EmployeeStatistics:
    hours = sum(row.months.values()) if row else 0.0
    contract = employee.max_hours_per_week * WEEKS_PER_MONTH * months
    return EmployeeStatistics(
        id=employee.id,
        name=employee.name,
        max_hours_per_week=employee.max_hours_per_week,
        hours=hours,
        shifts=len(unpack(row.dates)) if row else 0,
        utilisation_percent=100 * hours / contract if contract else 0.0,
        preference_percent=_preferred(row) if row else None,
        monthly_hours=row.months if row else {},
    )


def within(rows: Iterable[EmployeeRoster], span: Span) -> Iterator[tuple[int, int, int]]:
    """(day, employee, shift) of each entry in the span."""
    for row in rows:
        days = unpack(row.dates)
        start, end = bisect_left(days, span.first), bisect_left(days, span.end)
        if start < end:
            for day, shift in zip(days[start:end], unpack(row.shifts)[start:end], strict=True):
                yield day, row.employee, shift


def _shifts_by_month(row: EmployeeRoster | None, year: int) -> dict[int, int]:
    counts = dict.fromkeys(MONTHS, 0)
    for day, _, _ in within([row] if row else [], Span.of(year, None)):
        counts[date.fromordinal(day).month] += 1
    return counts


def _preferred(row: EmployeeRoster) -> float:
    return 100 * row.preferred / len(unpack(row.dates))
