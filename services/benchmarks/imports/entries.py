"""Entries of a dump merged into a stored roster: identity is (employee, date, shift) within an algorithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from libs.common.events.benchmarks import RowCounts
from services.benchmarks.dump.content import DumpedRoster
from services.benchmarks.problem.arrays import Ints

DAYS = 2**22
"""More than the 3,652,059 days of the calendar."""

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MergedRoster:
    """By places in the merged company."""

    roster: DumpedRoster
    counts: RowCounts


def moved(roster: DumpedRoster, employees: list[int], shifts: list[int]) -> DumpedRoster:
    """The same entries, with other places of employees and shifts."""
    return DumpedRoster(
        roster.algorithm, _moved(roster.employee, employees), roster.date, _moved(roster.shift, shifts)
    )


def merge_rosters(
    algorithm: str, stored: DumpedRoster | None, dumped: DumpedRoster | None, *, clear: bool
) -> MergedRoster:
    """With `clear`, entries that the dump does not name go; a side that is None has no entries."""
    shifts = 1 + max((int(side.shift.max(initial=0)) for side in (stored, dumped) if side), default=0)
    ours, theirs = _codes(stored, shifts), _codes(dumped, shifts)
    both = int(np.isin(theirs, ours, assume_unique=True).sum())
    only_ours = len(ours) - both
    counts = RowCounts(
        insert=len(theirs) - both,
        leave=both if clear else len(ours),
        delete=only_ours if clear else 0,
    )
    result = theirs if clear else np.union1d(ours, theirs)
    return MergedRoster(_decoded(algorithm, result, shifts), counts)


def _codes(roster: DumpedRoster | None, shifts: int) -> Codes:
    """One number per entry, sorted by employee, date and shift."""
    if roster is None:
        return np.zeros(0, np.int64)
    cells = roster.employee.astype(np.int64) * DAYS + roster.date
    return np.unique(cells * shifts + roster.shift)


def _decoded(algorithm: str, codes: Codes, shifts: int) -> DumpedRoster:
    cells, shift = np.divmod(codes, shifts)
    employee, day = np.divmod(cells, DAYS)
    return DumpedRoster(algorithm, *(part.astype(np.int32) for part in (employee, day, shift)))


def _moved(places: Ints, to: list[int]) -> Ints:
    return np.array(to, np.int32)[places] if len(places) else places
