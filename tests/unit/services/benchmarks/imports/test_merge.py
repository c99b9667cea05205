from __future__ import annotations

import pytest

from libs.common.benchmarks.model import EmployeeDocument, ShiftDocument
from libs.common.events.benchmarks import RowCounts
from services.benchmarks.imports.merge import employee_identities, merge, shift_identities
from services.benchmarks.store.workplaces import UNNUMBERED


def shift(name: str, *, number: int = UNNUMBERED, staff: int = 1) -> ShiftDocument:
    return ShiftDocument(id=number, name=name, start="06:00:00", end="14:00:00", min_staff=staff, max_staff=9)


def person(name: str, *, number: int = UNNUMBERED, hours: int = 40) -> EmployeeDocument:
    return EmployeeDocument(id=number, name=name, max_hours_per_week=hours, absences=[], preferred_shifts=[])


STORED = [shift("A", number=1), shift("B", number=2), shift("C", number=3)]


def test_new_rows_follow_the_stored_ones_and_are_unnumbered() -> None:
    merged = merge(STORED, [shift("D"), shift("B")], shift_identities, clear=False)
    assert [(row.name, row.id) for row in merged.rows] == [("A", 1), ("B", 2), ("C", 3), ("D", UNNUMBERED)]
    assert merged.places == [3, 1]
    assert merged.counts == RowCounts(insert=1, leave=3)


def test_a_changed_row_keeps_its_id() -> None:
    merged = merge(STORED, [shift("B", staff=5)], shift_identities, clear=False)
    assert merged.rows[1] == shift("B", number=2, staff=5)
    assert merged.counts == RowCounts(update=1, leave=2)


def test_clearing_takes_the_dump_s_rows_in_its_order() -> None:
    merged = merge(STORED, [shift("D"), shift("B")], shift_identities, clear=True)
    assert [(row.name, row.id) for row in merged.rows] == [("D", UNNUMBERED), ("B", 2)]
    assert merged.places == [0, 1]
    assert merged.counts == RowCounts(insert=1, leave=1, delete=2)


def test_namesakes_are_matched_in_order() -> None:
    stored = [person("Ada", number=1), person("Ada", number=2)]
    merged = merge(stored, [person("Ada"), person("Ada", hours=32)], employee_identities, clear=False)
    assert [(row.id, row.max_hours_per_week) for row in merged.rows] == [(1, 40), (2, 32)]
    assert merged.counts == RowCounts(update=1, leave=1)


@pytest.mark.parametrize("clear", [False, True])
def test_nothing_into_nothing(clear: bool) -> None:
    merged = merge([], [], shift_identities, clear=clear)
    assert (merged.rows, merged.places, merged.counts) == ([], [], RowCounts())
