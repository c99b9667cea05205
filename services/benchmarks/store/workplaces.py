"""Shifts and employees between documents and the problem's facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from libs.common.benchmarks.model import CompanyDocument, EmployeeDocument, ShiftDocument
from libs.common.benchmarks.reading import BenchmarkReader
from services.benchmarks.dump.content import Keys
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace

UNNUMBERED = 0
"""Id of a row that is not stored yet; the counters begin with 1."""


@dataclass(frozen=True, slots=True)
class Master:
    """A company's shifts and employees, in the order in which rosters number them."""

    shifts: Sequence[ShiftDocument] = ()
    employees: Sequence[EmployeeDocument] = ()

    def keys(self, company: int) -> Keys:
        """The ids, in order."""
        return Keys(
            company,
            tuple(shift.id for shift in self.shifts),
            tuple(employee.id for employee in self.employees),
        )

    def workplace(self, company: Company) -> Workplace:
        return Workplace(
            company,
            tuple(_shift(shift) for shift in self.shifts),
            tuple(_employee(employee) for employee in self.employees),
        )


async def read_master(reader: BenchmarkReader, company: CompanyDocument) -> Master:
    return Master(await reader.shifts(company), await reader.employees(company))


def company_facts(company: CompanyDocument) -> Company:
    return Company(
        company.name,
        company.size,
        company.description,
        company.icon,
        company.color,
        company.sunday_is_workday,
    )


def master_of(workplace: Workplace) -> Master:
    """Documents without ids."""
    return Master(
        [
            ShiftDocument(
                id=UNNUMBERED,
                name=shift.name,
                start=shift.start.isoformat(),
                end=shift.end.isoformat(),
                min_staff=shift.min_staff,
                max_staff=shift.max_staff,
            )
            for shift in workplace.shifts
        ],
        [
            EmployeeDocument(
                id=UNNUMBERED,
                name=employee.name,
                max_hours_per_week=employee.max_hours_per_week,
                absences=[day.isoformat() for day in employee.absences],
                preferred_shifts=list(employee.preferred_shifts),
            )
            for employee in workplace.employees
        ],
    )


def _shift(shift: ShiftDocument) -> Shift:
    start, end = time.fromisoformat(shift.start), time.fromisoformat(shift.end)
    return Shift(shift.name, start, end, shift.min_staff, shift.max_staff)


def _employee(employee: EmployeeDocument) -> Employee:
    return Employee(
        employee.name,
        employee.max_hours_per_week,
        tuple(date.fromisoformat(day) for day in employee.absences),
        tuple(employee.preferred_shifts),
    )
