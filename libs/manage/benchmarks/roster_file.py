"""Which roster is meant on a command line, and what stands in its file."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.benchmarks.assignments import read_assignments
from libs.common.benchmarks.model import CompanyDocument, EmployeeDocument, PublishedRoster
from libs.common.benchmarks.reading import BenchmarkReader, EmployeeNotFound, RosterNotFound
from libs.common.benchmarks.roster_csv import roster_csv
from libs.common.benchmarks.roster_ical import roster_ical
from libs.common.errors import BadRequest
from services.benchmarks.runs.selection import select_algorithms, select_companies


@dataclass(frozen=True, slots=True)
class RosterChoice:
    """As people write it."""

    company: str
    algorithm: str
    employee: str | None


async def roster_file(reader: BenchmarkReader, choice: RosterChoice, *, calendar: bool) -> bytes:
    """iCalendar or CSV. Raises: CompanyNotFound, RosterNotFound, EmployeeNotFound, BadRequest."""
    company = _one_company(select_companies(await reader.companies(), [choice.company]), choice.company)
    roster = _roster(company, choice.algorithm)
    employee = None
    if choice.employee is not None:
        employee = _one_employee(await reader.employees(company), choice.employee)
    assignments = await read_assignments(reader, company, roster, employee.id if employee else None)
    if calendar:
        return roster_ical(company.name, assignments, named=employee is None)
    return roster_csv(assignments).encode()


def _one_company(companies: list[CompanyDocument], text: str) -> CompanyDocument:
    if len(companies) > 1:
        raise BadRequest(f"{text!r} may be any of: {', '.join(company.name for company in companies)}.")
    return companies[0]


def _roster(company: CompanyDocument, text: str) -> PublishedRoster:
    """By the name that results show, which may be nobody's here, or else by key."""
    known = {roster.algorithm.casefold(): roster for roster in company.rosters}
    if not known:
        raise RosterNotFound(f"{company.name} has no rosters yet; run benchmark_algorithms.")
    if text.casefold() in known:
        return known[text.casefold()]
    (algorithm,) = select_algorithms([text])
    if algorithm.name.casefold() not in known:
        names = ", ".join(roster.algorithm for roster in company.rosters)
        raise RosterNotFound(f"{company.name} has no roster of {algorithm.name}; there are {names}.")
    return known[algorithm.name.casefold()]


def _one_employee(employees: list[EmployeeDocument], text: str) -> EmployeeDocument:
    found = [person for person in employees if text.casefold() in {person.name.casefold(), str(person.id)}]
    if not found:
        raise EmployeeNotFound(f"There is no employee {text!r}.")
    if len(found) > 1:
        ids = ", ".join(str(person.id) for person in found)
        raise BadRequest(f"{len(found)} employees are called {text!r}; their ids are {ids}.")
    return found[0]
