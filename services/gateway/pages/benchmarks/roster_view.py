"""All that the page of a roster shows: its month, the people, and one person if one was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.benchmarks.model import (
    CompanyDocument,
    EmployeeDocument,
    EmployeeRoster,
    PublishedRoster,
    ShiftDocument,
)
from services.gateway.pages.benchmarks.months import Grid, Month, PersonCell, grid_of, month_of
from services.gateway.pages.benchmarks.people import PersonRow, PersonYear, people_of, person_year

SHOWN_PEOPLE: Final = 100


@dataclass(frozen=True)
class Chosen:
    """Somebody's month and year."""

    days: tuple[PersonCell, ...]
    year: PersonYear


@dataclass(frozen=True)
class RosterView:
    """`people` begin after the first `skipped`."""

    company: CompanyDocument
    roster: PublishedRoster
    grid: Grid
    people: Sequence[PersonRow]
    skipped: int
    chosen: Chosen | None

    @property
    def next_people(self) -> int | None:
        following = self.skipped + len(self.people)
        return following if following < self.company.employees else None


def build(
    company: CompanyDocument,
    roster: PublishedRoster,
    month: Month,
    *,
    shifts: Sequence[ShiftDocument],
    employees: Sequence[EmployeeDocument],
    rows: Sequence[EmployeeRoster],
    chosen: EmployeeDocument | None,
    skipped: int,
) -> RosterView:
    by_employee = {row.employee: row for row in rows}
    shown = employees[skipped : skipped + SHOWN_PEOPLE]
    return RosterView(
        company=company,
        roster=roster,
        grid=grid_of(month, shifts, rows),
        people=people_of(shown, by_employee, month),
        skipped=skipped,
        chosen=_chosen(roster, month, shifts, chosen, by_employee.get(chosen.id)) if chosen else None,
    )


def _chosen(
    roster: PublishedRoster,
    month: Month,
    shifts: Sequence[ShiftDocument],
    employee: EmployeeDocument,
    row: EmployeeRoster | None,
) -> Chosen:
    names = {shift.id: shift.name for shift in shifts}
    return Chosen(month_of(month, employee, row, names), person_year(roster, employee, row, month.year))
