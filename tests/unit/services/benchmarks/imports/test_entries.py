"""Merging rosters is what sets do, at the speed of arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.events.benchmarks import RowCounts
from services.benchmarks.dump.content import DumpedRoster
from services.benchmarks.imports.entries import merge_rosters, moved

Cells: TypeAlias = set[tuple[int, int, int]]
CELLS = st.sets(st.tuples(st.integers(0, 20), st.integers(1, 3_652_059), st.integers(0, 5)), max_size=30)


def roster(cells: Cells) -> DumpedRoster:
    columns = np.array(sorted(cells), np.int32).reshape(-1, 3)
    return DumpedRoster("GA", columns[:, 0], columns[:, 1], columns[:, 2])


def cells(of: DumpedRoster) -> Cells:
    return set(zip(of.employee.tolist(), of.date.tolist(), of.shift.tolist(), strict=True))


@given(CELLS, CELLS)
def test_without_clearing_it_is_the_union(ours: Cells, theirs: Cells) -> None:
    merged = merge_rosters("GA", roster(ours), roster(theirs), clear=False)
    assert cells(merged.roster) == ours | theirs
    assert merged.counts == RowCounts(insert=len(theirs - ours), leave=len(ours))


@given(CELLS, CELLS)
def test_clearing_takes_the_dump_s(ours: Cells, theirs: Cells) -> None:
    merged = merge_rosters("GA", roster(ours), roster(theirs), clear=True)
    assert cells(merged.roster) == theirs
    assert merged.counts == RowCounts(
        insert=len(theirs - ours), leave=len(ours & theirs), delete=len(ours - theirs)
    )


@given(CELLS)
def test_a_side_that_is_missing_has_no_entries(some: Cells) -> None:
    assert cells(merge_rosters("GA", None, roster(some), clear=False).roster) == some
    assert cells(merge_rosters("GA", roster(some), None, clear=False).roster) == some


@pytest.mark.parametrize("some", [set(), {(0, 7, 1), (1, 7, 0)}])
def test_places_are_moved(some: Cells) -> None:
    there = moved(roster(some), [5, 3], [1, 0])
    assert cells(there) == {([5, 3][person], day, 1 - shift) for person, day, shift in some}
