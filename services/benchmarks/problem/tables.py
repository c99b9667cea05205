"""Own companies from three CSV files: companies, shifts and people, tied by the company's name.

    companies.csv   name, size, description, icon, color, sunday_is_workday (yes/no)
    shifts.csv      company, name, start, end, min_staff, max_staff
    people.csv      company, name, max_hours_per_week, absences, preferred_shifts

Absences are ISO dates or spans (`2025-07-01..2025-07-14`), preferred shifts are names; both are parted by semicolons.
Columns may stand in any order; description, icon, color, sunday_is_workday, absences and preferred_shifts
may be left out.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import TypeVar

from libs.common.errors import InvalidInput, Problem
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace

YES = frozenset({"yes", "true", "1", "y", "ja"})
NO = frozenset({"no", "false", "0", "n", "nein", ""})
LONGEST_SPAN = timedelta(days=3660)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tables:
    """The three files."""

    companies: Path
    shifts: Path
    people: Path


class _Reader:
    """One line of a file; a bad value is noted and read as None."""

    def __init__(self, file: str, line: int, values: dict[str, str], problems: list[Problem]) -> None:
        self._file, self._line, self._values, self._problems = file, line, values, problems

    def get(self, column: str, parse: Callable[[str], T], default: str | None = None) -> T | None:
        text = (self._values.get(column) or "").strip()
        if not text and default is None:
            self.note(column, f"{column} is missing.")
            return None
        try:
            return parse(text or default or "")
        except ValueError as error:
            self.note(column, f"{column} {text!r} cannot be read: {error}.")
            return None

    def note(self, column: str, message: str) -> None:
        self._problems.append(
            Problem(
                category="format",
                code="bad-csv",
                path=f"{self._file}:{column}",
                line=self._line,
                message=message,
            )
        )


def read_tables(tables: Tables) -> list[Workplace]:
    """Companies in the order of their file; InvalidInput lists everything that is wrong in all three files."""
    problems: list[Problem] = []
    companies = [company for row in _rows(tables.companies, problems) if (company := _company(row))]
    names = {company.name for company in companies}
    shifts: dict[str, list[Shift]] = defaultdict(list)
    people: dict[str, list[Employee]] = defaultdict(list)
    for row in _rows(tables.shifts, problems):
        owner, shift = _owner(row, names), _shift(row)
        if owner and shift:
            shifts[owner].append(shift)
    for row in _rows(tables.people, problems):
        owner, employee = _owner(row, names), _employee(row)
        if owner and employee:
            people[owner].append(employee)
    problems += _doubles(tables, companies, shifts)
    if problems:
        raise InvalidInput("The CSV files are not in order.", problems=problems)
    return [Workplace(item, tuple(shifts[item.name]), tuple(people[item.name])) for item in companies]


def _rows(path: Path, problems: list[Problem]) -> Iterator[_Reader]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for values in (reader := csv.DictReader(file)):
                yield _Reader(path.name, reader.line_num, values, problems)
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(
            Problem(
                category="file", code="bad-csv", path=path.name, message=f"The file cannot be read: {error}."
            )
        )


def _company(row: _Reader) -> Company | None:
    name, size = row.get("name", _name), row.get("size", str, "small")
    sundays = row.get("sunday_is_workday", _flag, "no")
    if name is None or size is None or sundays is None:
        return None
    description, icon, color = (row.get(column, str, "") or "" for column in ("description", "icon", "color"))
    return Company(name, size, description, icon, color, sundays)


def _shift(row: _Reader) -> Shift | None:
    name, start, end = (
        row.get("name", _name),
        row.get("start", time.fromisoformat),
        row.get("end", time.fromisoformat),
    )
    least, most = row.get("min_staff", _count), row.get("max_staff", _count)
    if name is None or start is None or end is None or least is None or most is None:
        return None
    if least > most:
        row.note("min_staff", "min_staff is above max_staff.")
        return None
    return Shift(name, start, end, least, most)


def _employee(row: _Reader) -> Employee | None:
    name, hours = row.get("name", _name), row.get("max_hours_per_week", _hours)
    absences, wishes = row.get("absences", _dates, ""), row.get("preferred_shifts", _parts, "")
    if name is None or hours is None or absences is None or wishes is None:
        return None
    return Employee(name, hours, absences, tuple(wishes))


def _owner(row: _Reader, names: set[str]) -> str | None:
    owner = row.get("company", str)
    if owner is not None and owner not in names:
        row.note("company", f"There is no company {owner!r} in the companies' file.")
        return None
    return owner


def _doubles(tables: Tables, companies: list[Company], shifts: dict[str, list[Shift]]) -> Iterator[Problem]:
    for name in _repeated([company.name for company in companies]):
        message = f"The company {name!r} stands twice."
        yield Problem(category="constraint", code="duplicate", path=tables.companies.name, message=message)
    for company, members in shifts.items():
        for name in _repeated([shift.name for shift in members]):
            message = f"{company!r} has the shift {name!r} twice."
            yield Problem(category="constraint", code="duplicate", path=tables.shifts.name, message=message)


def _repeated(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _name(text: str) -> str:
    if len(text) > 100:  # noqa: PLR2004 - ROSTERING, Model
        raise ValueError("names have at most 100 characters")
    return text


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("it is negative")
    return number


def _hours(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError("it is not positive")
    return number


def _flag(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError("write yes or no")
    return text.lower() in YES


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _dates(text: str) -> tuple[date, ...]:
    days: set[date] = set()
    for part in _parts(text):
        first_text, _, last_text = part.partition("..")
        first = date.fromisoformat(first_text)
        last = date.fromisoformat(last_text) if last_text else first
        if not first <= last <= first + LONGEST_SPAN:
            raise ValueError(f"{part} is no span of days")
        days.update(first + timedelta(number) for number in range((last - first).days + 1))
    return tuple(sorted(days))
