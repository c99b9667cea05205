"""Writes a dump: rows as Django's serializer has them, one per line, then the ZIP around them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from libs.common.archive.writer import Member, write_archive
from services.benchmarks.dump.content import (
    JSON_MEMBER,
    RESULTS_MEMBER,
    SCHEMA_MEMBER,
    ZIP_NAME,
    DumpedCompany,
    Keys,
)
from services.benchmarks.dump.schema import dump_schema
from services.benchmarks.results.document import ResultsDocument

ROWS_PER_WRITE = 4096
"""Rows joined before they are written; about 700 KB."""


@dataclass(frozen=True, slots=True)
class DumpFiles:
    """The two files of an export, and how many rows each holds."""

    json: Path
    zip: Path
    rows: int


def write_dump(
    folder: Path,
    companies: Sequence[DumpedCompany],
    *,
    results: ResultsDocument | None = None,
    include_schedules: bool = False,
    data_only: bool = False,
) -> DumpFiles:
    """Write `benchmark_dump.json` and `benchmark_dump.zip`; each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    json_path, zip_path = folder / JSON_MEMBER, folder / ZIP_NAME
    with _replacing(json_path) as json_file, _replacing(zip_path) as zip_file:
        count = _write_rows(json_file, dump_rows(companies, include_schedules=include_schedules))
        json_file.flush()
        members = [Member.of_file(JSON_MEMBER, Path(json_file.name))]
        if results is not None:
            members.append(Member.of_bytes(RESULTS_MEMBER, results.as_json()))
        if not data_only:
            members.append(Member.of_bytes(SCHEMA_MEMBER, dump_schema()))
        zip_file.writelines(write_archive(members))
    return DumpFiles(json_path, zip_path, count)


def dump_rows(companies: Sequence[DumpedCompany], *, include_schedules: bool) -> Iterator[str]:
    """Rows in the order company, shift, employee, scheduleentry."""
    keyed = list(zip(companies, _keys(companies), strict=True))
    yield from (_company(company, keys) for company, keys in keyed)
    yield from chain.from_iterable(_shifts(company, keys) for company, keys in keyed)
    yield from chain.from_iterable(_employees(company, keys) for company, keys in keyed)
    if include_schedules:
        first = 1
        for company, keys in keyed:
            yield from _entries(company, keys, first)
            first += sum(len(roster) for roster in company.rosters)


def _keys(companies: Iterable[DumpedCompany]) -> Iterator[Keys]:
    """The given keys, or numbers in order where a company has none."""
    shift, employee = 1, 1
    for number, company in enumerate(companies, start=1):
        shifts, employees = len(company.workplace.shifts), len(company.workplace.employees)
        fresh = Keys(
            number, tuple(range(shift, shift + shifts)), tuple(range(employee, employee + employees))
        )
        shift, employee = shift + shifts, employee + employees
        yield company.keys or fresh


def _company(company: DumpedCompany, keys: Keys) -> str:
    facts = company.workplace.company
    fields = {
        "name": facts.name,
        "size": facts.size,
        "description": facts.description,
        "icon": facts.icon,
        "color": facts.color,
        "sunday_is_workday": facts.sunday_is_workday,
    }
    return _row("company", keys.company, fields)


def _shifts(company: DumpedCompany, keys: Keys) -> Iterator[str]:
    for key, shift in zip(keys.shifts, company.workplace.shifts, strict=True):
        fields = {
            "company": keys.company,
            "name": shift.name,
            "start": shift.start.isoformat(),
            "end": shift.end.isoformat(),
            "min_staff": shift.min_staff,
            "max_staff": shift.max_staff,
        }
        yield _row("shift", key, fields)


def _employees(company: DumpedCompany, keys: Keys) -> Iterator[str]:
    for key, employee in zip(keys.employees, company.workplace.employees, strict=True):
        fields = {
            "company": keys.company,
            "name": employee.name,
            "max_hours_per_week": employee.max_hours_per_week,
            "absences": [absence.isoformat() for absence in employee.absences],
            "preferred_shifts": list(employee.preferred_shifts),
        }
        yield _row("employee", key, fields)


def _entries(company: DumpedCompany, keys: Keys, first: int) -> Iterator[str]:
    """Most rows of a dump are entries, so these are put together as text; only algorithms need escaping."""
    number = first
    for roster in company.rosters:
        tails = [
            f', "shift": {shift}, "company": {keys.company}, "algorithm": {_json(roster.algorithm)}}}}}'
            for shift in keys.shifts
        ]
        for employee, day, shift in zip(
            roster.employee.tolist(), roster.date.tolist(), roster.shift.tolist(), strict=True
        ):
            yield (
                f'{{"model": "rostering_app.scheduleentry", "pk": {number}, "fields": '
                f'{{"employee": {keys.employees[employee]}, "date": "{_iso(day)}"{tails[shift]}'
            )
            number += 1


@lru_cache(maxsize=4096)
def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _row(model: str, key: int, fields: dict[str, object]) -> str:
    return _json({"model": f"rostering_app.{model}", "pk": key, "fields": fields})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_rows(file: BinaryIO, rows: Iterator[str]) -> int:
    count = 0
    file.write(b"[")
    while batch := list(islice(rows, ROWS_PER_WRITE)):
        file.write(b",\n" if count else b"\n")
        file.write(",\n".join(batch).encode())
        count += len(batch)
    file.write(b"\n]\n")
    return count


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block succeeds."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
