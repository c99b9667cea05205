"""Reads companies and their published rosters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pymongo import DESCENDING

from libs.common.benchmarks.model import (
    CompanyDocument,
    EmployeeDocument,
    EmployeeRoster,
    PublishedRoster,
    RunDocument,
    ShiftDocument,
)
from libs.common.database.client import Database, Document
from libs.common.database.collections import (
    BENCHMARK_COMPANIES,
    BENCHMARK_EMPLOYEES,
    BENCHMARK_RESULTS,
    BENCHMARK_ROSTERS,
    BENCHMARK_RUNS,
    BENCHMARK_SHIFTS,
)
from libs.common.errors import NotFound

BATCH = 1_000
"""Documents per reply of the database; one of them has about 2 KB."""


class CompanyNotFound(NotFound):
    """There is no such company."""

    code = "company-not-found"


class EmployeeNotFound(NotFound):
    """The company has no such employee."""

    code = "employee-not-found"


class RosterNotFound(NotFound):
    """The company has no roster of this algorithm."""

    code = "roster-not-found"


class RunNotFound(NotFound):
    """There is no such run."""

    code = "run-not-found"


def rosters_of(company: CompanyDocument, algorithm: str | None = None) -> list[PublishedRoster]:
    """The published roster of each algorithm, or of one. Raises: RosterNotFound, only for a given algorithm."""
    found = [roster for roster in company.rosters if algorithm in (None, roster.algorithm)]
    if algorithm is not None and not found:
        raise RosterNotFound(f"{company.name} has no roster of {algorithm!r}.")
    return found


class BenchmarkReader:
    """What is visible now. A generation stays readable for minutes after another one has taken its place."""

    def __init__(self, database: Database) -> None:
        self._companies = database[BENCHMARK_COMPANIES]
        self._shifts = database[BENCHMARK_SHIFTS]
        self._employees = database[BENCHMARK_EMPLOYEES]
        self._rosters = database[BENCHMARK_ROSTERS]
        self._runs = database[BENCHMARK_RUNS]
        self._results = database[BENCHMARK_RESULTS]

    async def companies(self) -> list[CompanyDocument]:
        """All, in order of their ids."""
        found = self._companies.find().sort("_id", 1)
        return [CompanyDocument.model_validate(document) async for document in found]

    async def company(self, company_id: int) -> CompanyDocument:
        """Raises: CompanyNotFound."""
        document = await self._companies.find_one({"_id": company_id})
        if document is None:
            raise CompanyNotFound(f"There is no company {company_id}.")
        return CompanyDocument.model_validate(document)

    async def companies_named(self, names: Sequence[str]) -> dict[str, CompanyDocument]:
        """Those that exist, by name."""
        found = self._companies.find({"name": {"$in": list(names)}})
        return {document["name"]: CompanyDocument.model_validate(document) async for document in found}

    async def shifts(self, company: CompanyDocument) -> list[ShiftDocument]:
        """In the order in which rosters number them."""
        found = self._shifts.find({"generation": company.master}).sort("position", 1)
        return [ShiftDocument.model_validate(document) async for document in found]

    async def employees(self, company: CompanyDocument) -> list[EmployeeDocument]:
        """In the order in which rosters number them; namesakes are told apart by it."""
        found = self._employees.find({"generation": company.master}).sort("position", 1).batch_size(BATCH)
        return [EmployeeDocument.model_validate(document) async for document in found]

    async def employee(self, company: CompanyDocument, employee_id: int) -> EmployeeDocument:
        """Raises: EmployeeNotFound."""
        document = await self._employees.find_one({"generation": company.master, "id": employee_id})
        if document is None:
            raise EmployeeNotFound(f"{company.name} has no employee {employee_id}.")
        return EmployeeDocument.model_validate(document)

    async def roster(self, published: PublishedRoster) -> AsyncIterator[EmployeeRoster]:
        """Of all employees who work at all, in order of their ids."""
        found = self._rosters.find({"generation": published.generation}).sort("employee", 1).batch_size(BATCH)
        async for document in found:
            yield EmployeeRoster.of(document)

    async def employee_roster(self, published: PublishedRoster, employee_id: int) -> EmployeeRoster | None:
        """None for an employee who does not work."""
        document = await self._rosters.find_one({"generation": published.generation, "employee": employee_id})
        return EmployeeRoster.of(document) if document else None

    async def runs(self, *, before: str | None, limit: int) -> list[RunDocument]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria = {} if before is None else {"_id": {"$lt": before}}
        found = self._runs.find(criteria).sort("_id", DESCENDING).limit(limit)
        return [RunDocument.model_validate(document) async for document in found]

    async def run(self, run_id: str) -> RunDocument:
        """Raises: RunNotFound."""
        document = await self._runs.find_one({"_id": run_id})
        if document is None:
            raise RunNotFound(f"There is no run {run_id!r}.")
        return RunDocument.model_validate(document)

    async def results(self, run: RunDocument) -> list[Document]:
        """One per company, algorithm and seed, as they were recorded, in the order in which they ended."""
        internal = {"_id": 0, "roster_key": 0, "problem_digest": 0}
        return [
            document
            async for document in self._results.find({"run": run.id}, internal).sort("finished_at", 1)
        ]
