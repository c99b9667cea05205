"""Companies and their rosters over HTTP. What is of a roster stands per algorithm and is never summed over them."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  (fields are called `date`)
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field
from typing_extensions import TypedDict

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster
from services.gateway.resources.model import HttpModel

Algorithm = Annotated[str, Field(max_length=64)]
Year = Annotated[int, Field(ge=1, le=9999)]
Month = Annotated[int, Field(ge=1, le=12)]


class AlgorithmQuery(HttpModel):
    """Without `algorithm`, all of them."""

    algorithm: Algorithm | None = None


class RosterQuery(HttpModel):
    """A file holds one roster."""

    algorithm: Algorithm


class MonthQuery(AlgorithmQuery):
    """Without `year`, that of the published rosters."""

    year: Year | None = None
    month: Month = 1


class SpanQuery(AlgorithmQuery):
    """A year, or one month of it."""

    year: Year | None = None
    month: Month | None = None


class CompanyResource(HttpModel):
    id: int
    name: str
    size: str
    description: str
    icon: str
    color: str
    sunday_is_workday: bool
    employees: int
    shifts: int
    schedule_entries: int
    algorithms: list[str]
    updated_at: datetime

    @classmethod
    def of(cls, company: CompanyDocument) -> Self:
        facts = company.model_dump(exclude={"rosters", "master", "revision"})
        return cls(
            **facts,
            schedule_entries=sum(roster.entries for roster in company.rosters),
            algorithms=[roster.algorithm for roster in company.rosters],
        )


class CompanyList(HttpModel):
    companies: list[CompanyResource]


class RosterResource(HttpModel):
    """The published roster of an algorithm; `run` and `seed` say where it comes from, if that is known."""

    algorithm: str
    schedule_entries: int
    year: int
    run: str | None
    seed: int | None
    runtime_seconds: float | None
    kpis: dict[str, Any]

    @classmethod
    def of(cls, roster: PublishedRoster) -> Self:
        facts = roster.model_dump(exclude={"generation", "entries", "holidays"})
        return cls(**facts, schedule_entries=roster.entries)


class RosterList(HttpModel):
    company: int
    algorithms: list[RosterResource]


class ShiftResource(HttpModel):
    """Times are local; an end at or before the start lies on the next day."""

    id: int
    name: str
    start: str
    end: str
    min_staff: int
    max_staff: int


class ShiftList(HttpModel):
    company: int
    shifts: list[ShiftResource]


class EmployeeResource(HttpModel):
    id: int
    name: str
    max_hours_per_week: int
    absences: list[str]
    preferred_shifts: list[str]


class EmployeeList(HttpModel):
    company: int
    employees: list[EmployeeResource]


class Entry(TypedDict):
    """One assignment. A plain dict: a month of a large company has thousands, and models take longer than reading."""

    date: str
    employee_id: int
    employee: str
    shift_id: int
    shift: str


class AlgorithmEntries(HttpModel):
    algorithm: str
    entries: list[Entry]


class Schedule(HttpModel):
    """Entries of a year, or of one month of it, by date."""

    company: int
    year: int
    month: int | None
    algorithms: list[AlgorithmEntries]


class Person(HttpModel):
    id: int
    name: str


class ShiftOnDay(HttpModel):
    """Who works a shift on a day."""

    shift: ShiftResource
    staff: list[Person]
    understaffed: bool


class AlgorithmDay(HttpModel):
    algorithm: str
    shifts: list[ShiftOnDay]


class Day(HttpModel):
    company: int
    date: Date
    algorithms: list[AlgorithmDay]


class MonthOfWork(HttpModel):
    month: int
    hours: float
    shifts: int


class AlgorithmYear(HttpModel):
    algorithm: str
    hours: float
    shifts: int
    preference_percent: float | None
    """Over the whole roster; absent for somebody who does not work."""
    months: list[MonthOfWork]


class EmployeeYear(HttpModel):
    """A night shift's hours count in full on its first day."""

    company: int
    employee: EmployeeResource
    year: int
    algorithms: list[AlgorithmYear]


class EmployeeStatistics(HttpModel):
    """Of the whole roster; `utilisation_percent` is of contract hours, over the months in which there are entries."""

    id: int
    name: str
    max_hours_per_week: int
    hours: float
    shifts: int
    utilisation_percent: float
    preference_percent: float | None
    monthly_hours: dict[str, float]


class AlgorithmStatistics(HttpModel):
    algorithm: str
    employees: list[EmployeeStatistics]


class StatisticsList(HttpModel):
    company: int
    algorithms: list[AlgorithmStatistics]


class Analytics(HttpModel):
    """All key figures of each algorithm."""

    company: CompanyResource
    algorithms: list[RosterResource]
