"""What a dump holds, free of keys: companies with their people and rosters, told apart by name."""

from __future__ import annotations

from dataclasses import dataclass

from services.benchmarks.problem.arrays import Ints
from services.benchmarks.problem.workplace import Workplace

JSON_MEMBER = "benchmark_dump.json"
RESULTS_MEMBER = "benchmark_results.json"
SCHEMA_MEMBER = "benchmark_schema.json"
ZIP_NAME = "benchmark_dump.zip"


@dataclass(frozen=True, slots=True, eq=False)
class DumpedRoster:
    """One algorithm's entries as parallel arrays; employees and shifts by their place in the workplace."""

    algorithm: str
    employee: Ints
    date: Ints
    """Proleptic Gregorian ordinals (`date.toordinal`)."""
    shift: Ints

    def __len__(self) -> int:
        return len(self.employee)


@dataclass(frozen=True, slots=True)
class Keys:
    """Primary keys under which a company's rows are written."""

    company: int
    shifts: tuple[int, ...]
    employees: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DumpedCompany:
    """A company with its rosters."""

    workplace: Workplace
    rosters: tuple[DumpedRoster, ...] = ()
    keys: Keys | None = None
    """For writing only; without them rows are numbered in order."""
