"""What a company says about itself: the facts that fixtures, CSV files and dumps carry (ROSTERING, Model)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Company:
    """A company; its name is its identity."""

    name: str
    size: str
    description: str = ""
    icon: str = ""
    color: str = ""
    sunday_is_workday: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """A daily shift. An end at or before the start lies on the next day."""

    name: str
    start: time
    end: time
    min_staff: int
    max_staff: int

    @property
    def start_minute(self) -> int:
        return self.start.hour * 60 + self.start.minute

    @property
    def minutes(self) -> int:
        """Length in minutes, 1 to 1440."""
        end = self.end.hour * 60 + self.end.minute
        return (end - self.start_minute - 1) % MINUTES_PER_DAY + 1


@dataclass(frozen=True, slots=True)
class Employee:
    """A person; namesakes within a company are told apart by their order."""

    name: str
    max_hours_per_week: int
    absences: tuple[date, ...] = ()
    preferred_shifts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workplace:
    """One company with its shifts and employees, in the order in which rosters number them."""

    company: Company
    shifts: tuple[Shift, ...]
    employees: tuple[Employee, ...]
