"""Rosters between arrays and documents, one document per employee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from libs.common.benchmarks.model import EmployeeRoster, PublishedRoster
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Document
from services.benchmarks.dump.content import DumpedRoster, Keys
from services.benchmarks.problem.arrays import Ints
from services.benchmarks.problem.workplace import Workplace

PACKED = np.dtype("<i4")
EPOCH_ORDINAL = 719_163
"""`date(1970, 1, 1).toordinal()`, where numpy's days begin."""
GONE = -1
"""Place of an id that the company no longer has."""


async def read_roster(reader: BenchmarkReader, published: PublishedRoster, keys: Keys) -> DumpedRoster:
    """The arrays, by places in the company whose ids these are; entries of ids it does not have are left out."""
    employees, dates, shifts = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    async for row in reader.roster(published):
        days = np.frombuffer(row.dates, PACKED)
        employees.append(np.full(len(days), row.employee, np.int32))
        dates.append(days)
        shifts.append(np.frombuffer(row.shifts, PACKED))
    employee = _places(np.concatenate(employees), keys.employees)
    shift = _places(np.concatenate(shifts), keys.shifts)
    known = (employee != GONE) & (shift != GONE)
    return DumpedRoster(published.algorithm, employee[known], np.concatenate(dates)[known], shift[known])


def rows_of(roster: DumpedRoster, workplace: Workplace, keys: Keys) -> list[Document]:
    """One document per employee who works."""
    order = np.lexsort((roster.shift, roster.date, roster.employee))
    employee, dates, shifts = roster.employee[order], roster.date[order], roster.shift[order]
    minutes = np.array([shift.minutes for shift in workplace.shifts], np.int32)
    ids = np.array(keys.shifts, PACKED)
    wanted = _wanted(workplace)
    borders = np.flatnonzero(np.diff(employee)) + 1
    spans = zip([0, *borders.tolist()], [*borders.tolist(), len(employee)], strict=True)
    return [
        EmployeeRoster(
            employee=keys.employees[employee[start]],
            dates=dates[start:end].astype(PACKED).tobytes(),
            shifts=ids[shifts[start:end]].tobytes(),
            months=_months(dates[start:end], minutes[shifts[start:end]]),
            preferred=sum(wanted[employee[start]][shift] for shift in shifts[start:end].tolist()),
        ).as_document()
        for start, end in spans
        if end > start
    ]


def _places(ids: Ints, known: Iterable[int]) -> Ints:
    """The place of each id, or GONE."""
    ordered = np.array(list(known), np.int64)
    if not len(ordered):
        return np.full(len(ids), GONE, np.int32)
    by_id = np.argsort(ordered)
    found = np.minimum(np.searchsorted(ordered[by_id], ids), len(ordered) - 1)
    places = by_id[found].astype(np.int32)
    return np.where(ordered[places] == ids, places, np.int32(GONE))


def _wanted(workplace: Workplace) -> list[list[bool]]:
    """[employee][shift]: preferred, or the employee prefers nothing that exists."""
    names = [shift.name for shift in workplace.shifts]
    return [list(_wishes(names, employee.preferred_shifts)) for employee in workplace.employees]


def _wishes(names: list[str], preferred: tuple[str, ...]) -> Iterator[bool]:
    real = set(preferred) & set(names)
    return (not real or name in real for name in names)


def _months(dates: Ints, minutes: Ints) -> dict[str, float]:
    """Hours by month."""
    days = (dates.astype(np.int64) - EPOCH_ORDINAL).astype("datetime64[D]")
    months, place = np.unique(days.astype("datetime64[M]"), return_inverse=True)
    hours = np.bincount(place, weights=minutes) / 60
    return dict(zip(np.datetime_as_string(months).tolist(), hours.tolist(), strict=True))
