"""Rosters for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from libs.common.benchmarks.model import ShiftDocument
from libs.common.benchmarks.roster_csv import COLUMNS, duration, roster_csv
from tests.unit.libs.common.benchmarks.rosters import EARLY, NIGHT, ROSTER


def test_one_line_per_assignment_in_order() -> None:
    rows = list(csv.DictReader(io.StringIO(roster_csv(ROSTER))))
    assert [(row["date"], row["employee_id"], row["shift"]) for row in rows] == [
        ("2025-03-03", "7", "EarlyShift"),
        ("2025-03-04", "7", "EarlyShift"),
        ("2025-03-04", "8", "NightShift"),
    ]
    assert (rows[2]["employee"], rows[2]["start"], rows[2]["end"]) == ("Bo, B.", "22:00", "06:30")
    assert [row["hours"] for row in rows] == ["8", "8", "8.5"]


def test_names_are_no_formulas() -> None:
    assert "'=cmd()" in roster_csv(ROSTER)
    assert ",=cmd()" not in roster_csv(ROSTER)


def test_nobody_works() -> None:
    assert roster_csv([]) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    ("shift", "hours"),
    [(EARLY, 8.0), (NIGHT, 8.5), (EARLY.model_copy(update={"end": "06:00:00"}), 24.0)],
)
def test_shifts_end_on_the_same_day_or_the_next(shift: ShiftDocument, hours: float) -> None:
    assert duration(shift) == timedelta(hours=hours)
