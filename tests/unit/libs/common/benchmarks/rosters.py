"""Assignments for tests of what is made of them."""

from __future__ import annotations

from datetime import date

from libs.common.benchmarks.assignments import Assignment
from libs.common.benchmarks.model import EmployeeDocument, ShiftDocument

EARLY = ShiftDocument(id=1, name="EarlyShift", start="06:00:00", end="14:00:00", min_staff=1, max_staff=2)
NIGHT = ShiftDocument(id=2, name="NightShift", start="22:00:00", end="06:30:00", min_staff=0, max_staff=1)


def employee(number: int, name: str) -> EmployeeDocument:
    return EmployeeDocument(id=number, name=name, max_hours_per_week=40, absences=[], preferred_shifts=[])


COMMAND, BO = employee(7, "=cmd()"), employee(8, "Bo, B.")
ROSTER = [
    Assignment(date(2025, 3, 3), COMMAND, EARLY),
    Assignment(date(2025, 3, 4), COMMAND, EARLY),
    Assignment(date(2025, 3, 4), BO, NIGHT),
]
