"""Rows of a dump merged into those that are stored: identity is the name, ids stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.common.benchmarks.model import EmployeeDocument, ShiftDocument
from libs.common.events.benchmarks import RowCounts
from services.benchmarks.store.workplaces import Master

R = TypeVar("R", ShiftDocument, EmployeeDocument)
Identify = Callable[[Sequence[R]], list[Hashable]]


@dataclass(frozen=True)
class Merged(Generic[R]):
    """The rows as they will be, and where each row of the dump is among them."""

    rows: list[R]
    places: list[int]
    counts: RowCounts


@dataclass(frozen=True)
class MergedMaster:
    shifts: Merged[ShiftDocument]
    employees: Merged[EmployeeDocument]

    @property
    def master(self) -> Master:
        return Master(self.shifts.rows, self.employees.rows)

    @property
    def changes(self) -> bool:
        return self.shifts.counts.changes or self.employees.counts.changes


def merge_masters(stored: Master, dumped: Master, *, clear: bool) -> MergedMaster:
    """With `clear`, rows that the dump does not name go; otherwise they stay, before the new ones."""
    return MergedMaster(
        merge(stored.shifts, dumped.shifts, shift_identities, clear=clear),
        merge(stored.employees, dumped.employees, employee_identities, clear=clear),
    )


def merge(stored: Sequence[R], dumped: Sequence[R], identify: Identify[R], *, clear: bool) -> Merged[R]:
    """Stored ids are kept; new rows have none yet."""
    ours = dict(zip(identify(stored), stored, strict=True))
    theirs = dict(zip(identify(dumped), dumped, strict=True))
    kept = {key: row.model_copy(update={"id": ours[key].id}) for key, row in theirs.items() if key in ours}
    new = {key: row for key, row in theirs.items() if key not in ours}
    untouched = {} if clear else {key: row for key, row in ours.items() if key not in theirs}
    if clear:
        result = {key: kept.get(key, row) for key, row in theirs.items()}
    else:
        result = {key: kept.get(key, row) for key, row in ours.items()} | new
    place = {key: index for index, key in enumerate(result)}
    updated = sum(row != ours[key] for key, row in kept.items())
    counts = RowCounts(
        insert=len(new),
        update=updated,
        leave=len(kept) - updated + len(untouched),
        delete=len(ours) - len(kept) - len(untouched),
    )
    return Merged(list(result.values()), [place[key] for key in theirs], counts)


def shift_identities(shifts: Sequence[ShiftDocument]) -> list[Hashable]:
    return [shift.name for shift in shifts]


def employee_identities(employees: Sequence[EmployeeDocument]) -> list[Hashable]:
    """Name and ordinal among namesakes."""
    seen: Counter[str] = Counter()
    identities: list[Hashable] = []
    for employee in employees:
        identities.append((employee.name, seen[employee.name]))
        seen[employee.name] += 1
    return identities
