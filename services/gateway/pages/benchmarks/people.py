"""Who works how much, against contract: everybody's year, and one person's months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.benchmarks.model import EmployeeDocument, EmployeeRoster, PublishedRoster
from services.gateway.pages.benchmarks.months import Month
from services.gateway.pages.benchmarks.plots import MONTHS
from services.gateway.rosters import WEEKS_PER_MONTH, year_of

ROOM: Final = 1.05
"""Of the longest bar, so that the mark of the contract never lies on the edge."""


@dataclass(frozen=True)
class PersonRow:
    """One line of the list; hours of the roster's year and of the month that is looked at."""

    employee: EmployeeDocument
    hours: float
    month_hours: float
    contract_month: float

    @property
    def contract_year(self) -> float:
        return self.contract_month * len(MONTHS)

    @property
    def percent(self) -> float:
        """Hours in per cent of contract."""
        return 100 * self.hours / self.contract_year if self.contract_year else 0.0


@dataclass(frozen=True)
class MonthRow:
    """`most` is what a full bar means, in all months."""

    name: str
    hours: float
    contract: float
    shifts: int
    most: float

    @property
    def difference(self) -> float:
        return self.hours - self.contract

    @property
    def share(self) -> float:
        """Per cent of a full bar."""
        return 100 * self.hours / self.most if self.most else 0.0

    @property
    def contract_share(self) -> float:
        """Where in the bar the contract stands."""
        return 100 * self.contract / self.most if self.most else 0.0


@dataclass(frozen=True)
class PersonYear:
    employee: EmployeeDocument
    hours: float
    contract: float
    shifts: int
    preference_percent: float | None
    months: tuple[MonthRow, ...]


def people_of(
    employees: Iterable[EmployeeDocument], rows: Mapping[int, EmployeeRoster], month: Month
) -> list[PersonRow]:
    """Also of those who do not work."""
    return [
        PersonRow(
            employee=employee,
            hours=sum(hours for name, hours in months.items() if name.startswith(f"{month.year:04}-")),
            month_hours=months.get(str(month), 0.0),
            contract_month=contract_of(employee),
        )
        for employee in employees
        for months in (rows[employee.id].months if employee.id in rows else {},)
    ]


def person_year(
    roster: PublishedRoster, employee: EmployeeDocument, row: EmployeeRoster | None, year: int
) -> PersonYear:
    of_year, contract = year_of(roster, row, year), contract_of(employee)
    most = ROOM * max(contract, *(month.hours for month in of_year.months))
    return PersonYear(
        employee=employee,
        hours=of_year.hours,
        contract=contract * len(MONTHS),
        shifts=of_year.shifts,
        preference_percent=of_year.preference_percent,
        months=tuple(
            MonthRow(MONTHS[month.month - 1], month.hours, contract, month.shifts, most)
            for month in of_year.months
        ),
    )


def contract_of(employee: EmployeeDocument) -> float:
    """Hours of a month."""
    return employee.max_hours_per_week * WEEKS_PER_MONTH
