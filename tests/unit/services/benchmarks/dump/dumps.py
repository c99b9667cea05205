"""Dumps for tests: rows as Django writes them, and companies with rosters."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from services.benchmarks.dump.content import DumpedCompany, DumpedRoster
from services.benchmarks.dump.read import Dump, read_rows
from services.benchmarks.problem.workplace import Workplace
from tests.unit.services.benchmarks.workplaces import shop

Row = dict[str, Any]


def company(pk: int | None = 1, **fields: Any) -> Row:
    return row("company", pk, {"name": "Shop", "size": "small"} | fields)


def shift(pk: int | None = 1, **fields: Any) -> Row:
    usual = {
        "company": 1,
        "name": "EarlyShift",
        "start": "06:00:00",
        "end": "14:00:00",
        "min_staff": 1,
        "max_staff": 2,
    }
    return row("shift", pk, usual | fields)


def employee(pk: int | None = 1, **fields: Any) -> Row:
    return row("employee", pk, {"company": 1, "name": "Ann", "max_hours_per_week": 40} | fields)


def entry(pk: Any = 1, **fields: Any) -> Row:
    return row("scheduleentry", pk, {"employee": 1, "date": "2025-03-03", "shift": 1} | fields)


def row(model: str, pk: int | None, fields: Row) -> Row:
    return {"model": f"rostering_app.{model}", "pk": pk, "fields": fields}


def whole(*more: Row) -> list[Row]:
    """A small dump that is in order, and more rows."""
    return [company(), shift(), employee(), *more]


def as_bytes(rows: object) -> bytes:
    return json.dumps(rows).encode()


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(rows: object, size: int = 1 << 18) -> Dump:
    return read_rows(chunked(as_bytes(rows), size))


def zipped(folder: Path, **members: bytes) -> Path:
    """A ZIP; `__` in a keyword stands for the dot of a name."""
    path = folder / "upload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def roster(algorithm: str, *rows: tuple[int, date, int]) -> DumpedRoster:
    table = np.array([(person, day.toordinal(), index) for person, day, index in rows], np.int32).reshape(
        -1, 3
    )
    return DumpedRoster(algorithm, table[:, 0], table[:, 1], table[:, 2])


def dumped(*rosters: DumpedRoster, work: Workplace | None = None) -> DumpedCompany:
    return DumpedCompany(work or shop(), rosters)


def content(item: DumpedCompany) -> object:
    """What a dump says, in a form that can be compared."""
    entries = {
        (name.algorithm, *values)
        for name in item.rosters
        for values in zip(name.employee.tolist(), name.date.tolist(), name.shift.tolist(), strict=True)
    }
    return item.workplace, entries
