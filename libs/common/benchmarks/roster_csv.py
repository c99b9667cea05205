"""A roster as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta

from libs.common.benchmarks.assignments import Assignment
from libs.common.benchmarks.model import ShiftDocument

COLUMNS = ("date", "employee_id", "employee", "shift", "start", "end", "hours")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MINUTE = len("HH:MM")


def roster_csv(assignments: Iterable[Assignment]) -> str:
    """One line per assignment, in the given order; text that a spreadsheet would compute is quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    shifts: dict[int, tuple[str, ...]] = {}
    for item in assignments:
        if item.shift.id not in shifts:
            shifts[item.shift.id] = _cells(item.shift)
        writer.writerow((item.day, item.employee.id, _inert(item.employee.name), *shifts[item.shift.id]))
    return out.getvalue()


def _cells(shift: ShiftDocument) -> tuple[str, ...]:
    hours = duration(shift) / timedelta(hours=1)
    return _inert(shift.name), shift.start[:MINUTE], shift.end[:MINUTE], f"{hours:g}"


def duration(shift: ShiftDocument) -> timedelta:
    """Up to a day; an end at or before the start lies on the next day."""
    start, end = (datetime.fromisoformat(f"2000-01-01T{text}") for text in (shift.start, shift.end))
    return end - start if end > start else end - start + timedelta(days=1)


def _inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
