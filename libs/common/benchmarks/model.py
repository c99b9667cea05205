"""Documents of benchmark companies and their rosters (DESIGN §8).

A *generation* is a set of rows that was written before anybody could see it. The document of a company names the
generations that count now: of its shifts and employees, and of each algorithm's roster. So one read of that document
gives one consistent state, and one replacement of it switches everything at once.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from libs.common.database.client import Document


class Stored(BaseModel):
    """A document; the database's own `_id` is ignored where it is no field of ours."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    def as_document(self) -> Document:
        return self.model_dump(by_alias=True)


class PublishedRoster(Stored):
    """The roster of one algorithm that dumps and the read API carry."""

    algorithm: str
    generation: str
    entries: int
    year: int
    """That the key figures are of: the one with the most entries."""
    holidays: str
    """Region of the public holidays that the key figures count with."""
    run: str | None = None
    """None for a roster that came without results."""
    seed: int | None = None
    runtime_seconds: float | None = None
    kpis: dict[str, Any] = {}
    """As the benchmarks service computed them from the roster."""


class CompanyDocument(Stored):
    """A company and what counts of it now. `revision` changes with every switch."""

    id: int = Field(alias="_id")
    name: str
    size: str
    description: str = ""
    icon: str = ""
    color: str = ""
    sunday_is_workday: bool = False
    master: str
    """Generation of its shifts and employees."""
    shifts: int
    employees: int
    rosters: list[PublishedRoster] = []
    """By name of the algorithm."""
    revision: str
    updated_at: datetime

    def generations(self) -> set[str]:
        return {self.master, *(roster.generation for roster in self.rosters)}


class ShiftDocument(Stored):
    """Times are `HH:MM:SS`, local; an end at or before the start lies on the next day."""

    id: int
    name: str
    start: str
    end: str
    min_staff: int
    max_staff: int


class EmployeeDocument(Stored):
    """`absences` are ISO dates in order."""

    id: int
    name: str
    max_hours_per_week: int
    absences: list[str]
    preferred_shifts: list[str]


class EmployeeRoster(Stored):
    """All shifts of one employee in one roster, by date; `dates` and `shifts` are packed (`packing`)."""

    employee: int
    dates: bytes
    """Proleptic Gregorian ordinals."""
    shifts: bytes
    """Ids of shifts."""
    months: dict[str, float]
    """Hours by month, `2025-01`; a night shift counts in full on its first day."""
    preferred: int
    """Shifts that the employee prefers; all of them for one who prefers nothing."""

    @classmethod
    def of(cls, document: Document) -> EmployeeRoster:
        """Without validation, which would take longer than everything else for a year of a large company."""
        return cls.model_construct(**document)


class RunState(StrEnum):
    """`running → completed | cancelled | failed`; each roster of a completed run was considered for publication."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class RunDocument(Stored):
    """One run: every algorithm on every company with every seed."""

    id: str = Field(alias="_id")
    state: RunState
    requested_by: str
    companies: list[str]
    algorithms: list[str]
    """Names as results show them."""
    seeds: list[int]
    time_limit: float
    """Seconds of each algorithm."""
    budget: int | None = None
    year: int
    holidays: str
    created_at: datetime
    finished_at: datetime | None = None
