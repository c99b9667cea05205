"""Rows as they were read, before references are followed: a few objects, and entries in packed columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.benchmarks.dump.rows import LARGEST_KEY, CompanyRow, EmployeeRow, EntryFields, ShiftRow

NO_COMPANY = -LARGEST_KEY - 1
"""Stands for a null company; no key has this value."""


R = TypeVar("R", CompanyRow, ShiftRow, EmployeeRow)


@dataclass(frozen=True, slots=True)
class Numbered(Generic[R]):
    """A row and its number in the file, from 1."""

    number: int
    row: R


@dataclass(slots=True)
class EntryColumns:
    """Schedule entries; 40 bytes each, so that a million take 40 MB."""

    number: array[int] = field(default_factory=lambda: array("q"))
    employee: array[int] = field(default_factory=lambda: array("q"))
    shift: array[int] = field(default_factory=lambda: array("q"))
    company: array[int] = field(default_factory=lambda: array("q"))
    date: array[int] = field(default_factory=lambda: array("i"))
    algorithm: array[int] = field(default_factory=lambda: array("i"))

    def extend(self, numbers: Iterable[int], rows: list[EntryFields], algorithms: Iterable[int]) -> None:
        """Append entries with their rows' numbers in the file and the numbers of their algorithms."""
        self.number.extend(numbers)
        self.algorithm.extend(algorithms)
        self.employee.extend([row["employee"] for row in rows])
        self.shift.extend([row["shift"] for row in rows])
        self.date.extend([row["date"].toordinal() for row in rows])
        companies = [row.get("company") for row in rows]
        self.company.extend([NO_COMPANY if company is None else company for company in companies])


@dataclass(slots=True)
class Table:
    """All rows of a dump."""

    companies: list[Numbered[CompanyRow]] = field(default_factory=list)
    shifts: list[Numbered[ShiftRow]] = field(default_factory=list)
    employees: list[Numbered[EmployeeRow]] = field(default_factory=list)
    entries: EntryColumns = field(default_factory=EntryColumns)
    algorithms: dict[str, int] = field(default_factory=dict)
    """Number of each algorithm's name in `entries.algorithm`."""
