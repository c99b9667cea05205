"""Benchmarks: companies with their rosters, runs, dumps."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from entrepot_client.models.jobs import Problem
from entrepot_client.models.resource import Resource


class Clear(StrEnum):
    """What an import of a dump removes before it loads, in the same switch."""

    NOTHING = "nothing"
    COMPANIES = "companies"
    """All of the companies that the dump names."""
    ALL = "all"
    """All companies there are; for administrators."""


class Company(Resource):
    id: int
    name: str
    size: str
    employees: int
    shifts: int
    schedule_entries: int
    algorithms: tuple[str, ...]
    updated_at: AwareDatetime


class CompanyList(Resource):
    companies: tuple[Company, ...]


class Roster(Resource):
    """The published roster of an algorithm, with its key figures."""

    algorithm: str
    schedule_entries: int
    year: int
    run: str | None = None
    seed: int | None = None
    runtime_seconds: float | None = None
    kpis: dict[str, Any]


class RosterList(Resource):
    company: int
    algorithms: tuple[Roster, ...]


class Run(Resource):
    """Every algorithm on every company with every seed."""

    id: str
    state: str
    requested_by: str
    companies: tuple[str, ...]
    algorithms: tuple[str, ...]
    seeds: tuple[int, ...]
    time_limit: float
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None


class RunPage(Resource):
    """`next` is `before` of the next page; None on the last one."""

    runs: tuple[Run, ...]
    next: str | None = None


class Result(Resource):
    """One algorithm on one company with one seed; `kpis` is None where it has no roster."""

    company: str
    algorithm: str
    seed: int
    status: str
    runtime_seconds: float
    kpis: dict[str, Any] | None = None


class RunWithResults(Run):
    """`results` has one item per company, algorithm and seed that has ended."""

    results: tuple[Result, ...] = ()


class Dump(Resource):
    """A dump that is ready for download."""

    job_id: str
    filename: str
    checksum: str
    file_size: int
    rows: int
    companies: tuple[str, ...]
    message: str


class RowCounts(Resource):
    """What happens to the rows of one model."""

    insert: int = 0
    update: int = 0
    leave: int = 0
    delete: int = 0


class BenchmarkPlan(Resource):
    company: RowCounts = RowCounts()
    shift: RowCounts = RowCounts()
    employee: RowCounts = RowCounts()
    scheduleentry: RowCounts = RowCounts()


class BenchmarkImport(Resource):
    """A finished import of a dump; with `dry_run` the plan of one."""

    job_id: str
    dry_run: bool
    plan: BenchmarkPlan
    warnings: tuple[Problem, ...] = ()
    message: str
