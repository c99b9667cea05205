"""Own companies from CSV files, tied by the company's name.

    companies.csv   name, size, description, icon, color, sunday_is_workday
    shifts.csv      company, name, start, end, min_staff, max_staff
    employees.csv   company, name, max_hours_per_week, absences, preferred_shifts
    absences.csv    company, employee, first, last; the whole file may be left out

Columns may stand in any order; what has a default in `model` may be left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace
from services.benchmarks.tables.lines import Line, read_lines
from services.benchmarks.tables.model import AbsenceLine, CompanyLine, EmployeeLine, ShiftLine, span


@dataclass(frozen=True, slots=True)
class Tables:
    """The files."""

    companies: Path
    shifts: Path
    employees: Path
    absences: Path | None = None


@dataclass(frozen=True, slots=True)
class _Lines:
    """What of the files can be read."""

    companies: Sequence[Line[CompanyLine]]
    shifts: Sequence[Line[ShiftLine]]
    employees: Sequence[Line[EmployeeLine]]
    absences: Sequence[Line[AbsenceLine]]


def read_tables(tables: Tables) -> list[Workplace]:
    """Companies in the order of their file; InvalidInput lists everything that is wrong in all files."""
    problems: list[Problem] = []
    lines = _Lines(
        list(read_lines(tables.companies, CompanyLine, problems)),
        list(read_lines(tables.shifts, ShiftLine, problems)),
        list(read_lines(tables.employees, EmployeeLine, problems)),
        list(read_lines(tables.absences, AbsenceLine, problems)) if tables.absences else [],
    )
    problems += [*_strangers(lines), *_doubles(lines), *_unknown_wishes(lines), *_unclear_absences(lines)]
    if problems:
        raise InvalidInput("The CSV files are not in order.", problems=problems)
    return _workplaces(lines)


def _strangers(lines: _Lines) -> Iterator[Problem]:
    names = {line.value.name for line in lines.companies}
    told: Sequence[Line[ShiftLine] | Line[EmployeeLine]] = [*lines.shifts, *lines.employees]
    for line in told:
        if line.value.company not in names:
            message = f"There is no company {line.value.company!r} in the companies' file."
            yield line.problem("company", "broken-reference", message)


def _doubles(lines: _Lines) -> Iterator[Problem]:
    companies: set[str] = set()
    for company in lines.companies:
        if company.value.name in companies:
            yield company.problem("name", "duplicate", f"The company {company.value.name!r} stands twice.")
        companies.add(company.value.name)
    shifts: set[tuple[str, str]] = set()
    for shift in lines.shifts:
        key = (shift.value.company, shift.value.name)
        if key in shifts:
            yield shift.problem("name", "duplicate", f"{key[0]!r} has the shift {key[1]!r} twice.")
        shifts.add(key)


def _unknown_wishes(lines: _Lines) -> Iterator[Problem]:
    known = {(line.value.company, line.value.name) for line in lines.shifts}
    for line in lines.employees:
        for wish in line.value.preferred_shifts:
            if (line.value.company, wish) not in known:
                message = f"{line.value.company!r} has no shift {wish!r}."
                yield line.problem("preferred_shifts", "broken-reference", message)


def _unclear_absences(lines: _Lines) -> Iterator[Problem]:
    """A name does not tell namesakes apart; their absences belong into the employees' file."""
    known = Counter((line.value.company, line.value.name) for line in lines.employees)
    for line in lines.absences:
        company, name = line.value.company, line.value.employee
        if (number := known[company, name]) != 1:
            message = f"{company!r} has {number or 'no'} employees called {name!r}."
            yield line.problem("employee", "broken-reference", message)


def _workplaces(lines: _Lines) -> list[Workplace]:
    away: dict[tuple[str, str], frozenset[date]] = defaultdict(frozenset)
    for absence in lines.absences:
        days = span(absence.value.first, absence.value.last or absence.value.first)
        away[absence.value.company, absence.value.employee] |= days
    shifts: dict[str, list[Shift]] = defaultdict(list)
    for shift in lines.shifts:
        shifts[shift.value.company].append(Shift(**shift.value.model_dump(exclude={"company"})))
    people: dict[str, list[Employee]] = defaultdict(list)
    for person in lines.employees:
        days = person.value.absences | away[person.value.company, person.value.name]
        people[person.value.company].append(_employee(person.value, days))
    return [
        Workplace(
            Company(**line.value.model_dump()), tuple(shifts[line.value.name]), tuple(people[line.value.name])
        )
        for line in lines.companies
    ]


def _employee(line: EmployeeLine, absences: frozenset[date]) -> Employee:
    return Employee(line.name, line.max_hours_per_week, tuple(sorted(absences)), line.preferred_shifts)
