"""A published roster as single assignments, for files that people open elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from libs.common.benchmarks.model import (
    CompanyDocument,
    EmployeeDocument,
    EmployeeRoster,
    PublishedRoster,
    ShiftDocument,
)
from libs.common.benchmarks.packing import unpack
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.threads import in_thread


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person works one shift on one day."""

    day: date
    employee: EmployeeDocument
    shift: ShiftDocument


async def read_assignments(
    reader: BenchmarkReader, company: CompanyDocument, roster: PublishedRoster, employee_id: int | None = None
) -> list[Assignment]:
    """Everybody's or one employee's, by date and then employee."""
    if employee_id is None:
        rows = [row async for row in reader.roster(roster)]
    else:
        row = await reader.employee_roster(roster, employee_id)
        rows = [row] if row else []
    employees = {employee.id: employee for employee in await reader.employees(company)}
    shifts = {shift.id: shift for shift in await reader.shifts(company)}
    return await in_thread(_assignments, rows, employees, shifts)


def _assignments(
    rows: Iterable[EmployeeRoster],
    employees: Mapping[int, EmployeeDocument],
    shifts: Mapping[int, ShiftDocument],
) -> list[Assignment]:
    cells = sorted(
        (day, row.employee, shift)
        for row in rows
        for day, shift in zip(unpack(row.dates), unpack(row.shifts), strict=True)
    )
    return [
        Assignment(date.fromordinal(day), employees[person], shifts[shift]) for day, person, shift in cells
    ]
