"""Follows references and looks for duplicates over the rows of a dump; makes companies of them.

Identity is the name: of a company, of a shift within its company, of an employee within its company together with the
ordinal among namesakes. Keys serve only to tie the rows of one file together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.findings import Findings
from services.benchmarks.dump.rows import CompanyRow, EmployeeFields, EmployeeRow, ShiftFields, ShiftRow
from services.benchmarks.dump.table import NO_COMPANY, Numbered, R, Table
from services.benchmarks.problem.workplace import Company, Employee, Shift, Workplace

M = TypeVar("M", ShiftRow, EmployeeRow)
Longs = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]

KNOWN_SIZES = frozenset({"small", "medium", "large"})
BROKEN_REFERENCE = "Put the row that is referred to into the dump."


@dataclass(frozen=True, slots=True, eq=False)
class _Owners:
    """Rows of one model by key: their company and their place in it."""

    keys: Longs
    """Sorted."""
    company: Longs
    place: Longs

    def find(self, wanted: Longs) -> tuple[Longs, Masks]:
        """Index of each key, and whether there is such a row."""
        index = np.searchsorted(self.keys, wanted)
        index[index == len(self.keys)] = 0
        known = self.keys[index] == wanted if len(self.keys) else np.zeros(len(wanted), np.bool_)
        return index, known


def check(table: Table, findings: Findings) -> tuple[DumpedCompany, ...]:
    """Companies in the order of the file; only meaningful if `findings` stays empty."""
    _check_companies(table.companies, findings)
    company_of_key = _keys(table.companies, findings)
    shifts = _by_company(table.shifts, company_of_key, findings)
    employees = _by_company(table.employees, company_of_key, findings)
    _check_shifts(shifts, findings)
    _check_preferences(shifts, employees, findings)
    workplaces = [
        Workplace(
            Company(**row.row.fields.model_dump()),
            tuple(_shift(item.row.fields) for item in shifts[index]),
            tuple(_employee(item.row.fields) for item in employees[index]),
        )
        for index, row in enumerate(table.companies)
    ]
    _keys(table.shifts, findings)
    _keys(table.employees, findings)
    rosters = _rosters(table, _owners(employees), _owners(shifts), company_of_key, findings)
    return tuple(DumpedCompany(work, tuple(rosters[index])) for index, work in enumerate(workplaces))


def _check_companies(rows: list[Numbered[CompanyRow]], findings: Findings) -> None:
    names: set[str] = set()
    for row in rows:
        if row.row.fields.name in names:
            _duplicate(row, f"The company {row.row.fields.name!r} stands twice in the dump.", findings)
        names.add(row.row.fields.name)
        if row.row.fields.size not in KNOWN_SIZES:
            findings.warn(
                "unknown-size",
                f"The size {row.row.fields.size!r} is none of small, medium, large.",
                row.number,
            )


def _check_shifts(shifts: dict[int, list[Numbered[ShiftRow]]], findings: Findings) -> None:
    for rows in shifts.values():
        names: set[str] = set()
        for row in rows:
            if row.row.fields.name in names:
                _duplicate(row, f"The shift {row.row.fields.name!r} stands twice in its company.", findings)
            names.add(row.row.fields.name)


def _check_preferences(
    shifts: dict[int, list[Numbered[ShiftRow]]],
    employees: dict[int, list[Numbered[EmployeeRow]]],
    findings: Findings,
) -> None:
    for company, rows in employees.items():
        names = {row.row.fields.name for row in shifts[company]}
        for row in rows:
            for wanted in set(row.row.fields.preferred_shifts) - names:
                findings.warn(
                    "unknown-preference", f"There is no shift {wanted[:40]!r} to prefer.", row.number
                )


def _keys(rows: Iterable[Numbered[R]], findings: Findings) -> dict[int, int]:
    """Index of the row of each key."""
    index_of: dict[int, int] = {}
    for index, row in enumerate(rows):
        if row.row.pk is not None and index_of.setdefault(row.row.pk, index) != index:
            _duplicate(
                row, f"The key {row.row.pk} stands twice among rows of {row.row.model}.", findings, "pk"
            )
    return index_of


def _by_company(
    rows: list[Numbered[M]], company_of_key: dict[int, int], findings: Findings
) -> dict[int, list[Numbered[M]]]:
    grouped: dict[int, list[Numbered[M]]] = defaultdict(list)
    for row in rows:
        company = company_of_key.get(row.row.fields.company)
        if company is None:
            message = f"There is no company with key {row.row.fields.company}."
            _broken(row.number, "company", message, findings)
        else:
            grouped[company].append(row)
    return grouped


def _owners(grouped: dict[int, list[Numbered[M]]]) -> _Owners:
    triples = [
        (row.row.pk, company, place)
        for company, rows in grouped.items()
        for place, row in enumerate(rows)
        if row.row.pk is not None
    ]
    ordered = np.array(sorted(triples), np.int64).reshape(-1, 3)
    return _Owners(ordered[:, 0], ordered[:, 1], ordered[:, 2])


def _rosters(
    table: Table, employees: _Owners, shifts: _Owners, company_of_key: dict[int, int], findings: Findings
) -> dict[int, list[DumpedRoster]]:
    """Entries with their references followed, by company and algorithm."""
    rosters: dict[int, list[DumpedRoster]] = defaultdict(list)
    entries = table.entries
    if not len(entries.number):
        return rosters
    number = np.asarray(entries.number)
    person, known_person = employees.find(np.asarray(entries.employee))
    shift, known_shift = shifts.find(np.asarray(entries.shift))
    _mark(~known_person, number, "employee", "There is no employee with this key.", findings)
    _mark(~known_shift, number, "shift", "There is no shift with this key.", findings)
    if not (known_person & known_shift).all():
        return rosters
    company = employees.company[person]
    _check_agreement(table, company, shifts.company[shift], company_of_key, findings)
    algorithm, date = np.asarray(entries.algorithm), np.asarray(entries.date)
    order = np.lexsort((number, shift, date, person, algorithm, company))
    _check_doubles(order, (company, algorithm, person, date, shift), number, findings)
    names = list(table.algorithms)
    borders = np.flatnonzero(np.diff(company[order]) | np.diff(algorithm[order])) + 1
    for group in np.split(order, borders):
        roster = DumpedRoster(
            algorithm=names[algorithm[group[0]]],
            employee=employees.place[person[group]].astype(np.int32),
            date=date[group].astype(np.int32),
            shift=shifts.place[shift[group]].astype(np.int32),
        )
        rosters[int(company[group[0]])].append(roster)
    return rosters


def _check_agreement(
    table: Table, of_employee: Longs, of_shift: Longs, company_of_key: dict[int, int], findings: Findings
) -> None:
    """Employee, shift and, where given, company of an entry belong together."""
    number, given = np.asarray(table.entries.number), np.asarray(table.entries.company)
    message = "Employee and shift belong to different companies."
    _mark(of_employee != of_shift, number, "shift", message, findings, code="cross-company")
    owners = np.array(sorted(company_of_key.items()), np.int64).reshape(-1, 2)
    index, known = _Owners(owners[:, 0], owners[:, 1], owners[:, 1]).find(given)
    _mark(~known & (given != NO_COMPANY), number, "company", "There is no company with this key.", findings)
    other = known & (owners[index, 1] != of_employee)
    _mark(
        other,
        number,
        "company",
        "The entry names another company than its employee's.",
        findings,
        code="cross-company",
    )


def _check_doubles(order: Longs, columns: tuple[Longs, ...], number: Longs, findings: Findings) -> None:
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for column in columns:
        same &= np.diff(column[order]) == 0
    message = "This employee already has this shift on this day from this algorithm."
    double = np.zeros(len(order), np.bool_)
    double[order[1:][same]] = True
    _mark(double, number, "", message, findings, code="duplicate")


def _mark(
    wrong: Masks,
    number: Longs,
    field: str,
    message: str,
    findings: Findings,
    *,
    code: str = "broken-reference",
) -> None:
    """One problem per entry that is wrong."""
    rows = number[wrong].tolist()
    for position, row in enumerate(rows):
        if findings.full:
            findings.count("constraint", code, len(rows) - position)
            return
        path = f"$[{row - 1}].fields" + (f".{field}" if field else "")
        remedy = BROKEN_REFERENCE if code == "broken-reference" else None
        findings.add("constraint", code, message, row=row, path=path, remedy=remedy)


def _broken(row: int, field: str, message: str, findings: Findings) -> None:
    path = f"$[{row - 1}].fields.{field}"
    findings.add("constraint", "broken-reference", message, row=row, path=path, remedy=BROKEN_REFERENCE)


def _duplicate(row: Numbered[R], message: str, findings: Findings, field: str = "fields.name") -> None:
    findings.add("constraint", "duplicate", message, row=row.number, path=f"$[{row.number - 1}].{field}")


def _shift(fields: ShiftFields) -> Shift:
    return Shift(fields.name, fields.start, fields.end, fields.min_staff, fields.max_staff)


def _employee(fields: EmployeeFields) -> Employee:
    absences = tuple(sorted(set(fields.absences)))
    return Employee(fields.name, fields.max_hours_per_week, absences, tuple(fields.preferred_shifts))
