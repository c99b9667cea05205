"""One month of a roster as a grid: days across, shifts down, who is missing at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Self

from libs.common.benchmarks.model import EmployeeDocument, EmployeeRoster, ShiftDocument
from services.gateway.rosters import Span, within

MONTHS_OF_YEAR: Final = 12


@dataclass(frozen=True, order=True)
class Month:
    """Written `2025-03` in addresses."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises: ValueError."""
        day = date.fromisoformat(f"{text}-01")
        return cls(day.year, day.month)

    @property
    def span(self) -> Span:
        return Span.of(self.year, self.month)

    @property
    def days(self) -> list[date]:
        return [date.fromordinal(day) for day in range(self.span.first, self.span.end)]

    @property
    def title(self) -> str:
        return f"{date(self.year, self.month, 1):%B %Y}"

    def moved(self, months: int) -> Self:
        place = self.year * MONTHS_OF_YEAR + self.month - 1 + months
        return type(self)(place // MONTHS_OF_YEAR, place % MONTHS_OF_YEAR + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


class Staffing(StrEnum):
    """How a shift is staffed on a day. `CLOSED`: nobody works that day at all, as on holidays."""

    RIGHT = "right"
    UNDER = "under"
    OVER = "over"
    CLOSED = "closed"


@dataclass(frozen=True)
class Cell:
    staff: int
    staffing: Staffing


@dataclass(frozen=True)
class ShiftRow:
    shift: ShiftDocument
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class PersonCell:
    """What somebody does on a day: the shift's name, or nothing; `is_absent` is what the plan knows before."""

    shift: str
    is_absent: bool
    is_preferred: bool

    @property
    def letter(self) -> str:
        return self.shift[:1] or ("-" if self.is_absent else "")

    @property
    def words(self) -> str:
        if not self.shift:
            return "absent" if self.is_absent else "free"
        return f"{self.shift}, preferred" if self.is_preferred else self.shift


@dataclass(frozen=True)
class Grid:
    """`under` and `over` count shifts of the month that have too few or too many people."""

    month: Month
    days: tuple[date, ...]
    rows: tuple[ShiftRow, ...]

    @property
    def under(self) -> int:
        return self._count(Staffing.UNDER)

    @property
    def over(self) -> int:
        return self._count(Staffing.OVER)

    def _count(self, staffing: Staffing) -> int:
        return sum(cell.staffing is staffing for row in self.rows for cell in row.cells)


def grid_of(month: Month, shifts: Sequence[ShiftDocument], rows: Iterable[EmployeeRoster]) -> Grid:
    """A day on which nobody works counts as closed: holidays are the benchmarks service's to know."""
    staff = Counter((day, shift) for day, _, shift in within(rows, month.span))
    open_days = {day for day, _ in staff}
    days = month.days
    return Grid(
        month=month,
        days=tuple(days),
        rows=tuple(
            ShiftRow(
                shift,
                tuple(
                    _cell(shift, staff[day.toordinal(), shift.id], is_open=day.toordinal() in open_days)
                    for day in days
                ),
            )
            for shift in shifts
        ),
    )


def month_of(
    month: Month, employee: EmployeeDocument, row: EmployeeRoster | None, shifts: Mapping[int, str]
) -> tuple[PersonCell, ...]:
    """One person's days."""
    works = {day: shifts[shift] for day, _, shift in within([row] if row else [], month.span)}
    absences = set(employee.absences)
    return tuple(
        PersonCell(
            shift=(shift := works.get(day.toordinal(), "")),
            is_absent=day.isoformat() in absences,
            is_preferred=shift in employee.preferred_shifts,
        )
        for day in month.days
    )


def _cell(shift: ShiftDocument, staff: int, *, is_open: bool) -> Cell:
    if not is_open:
        return Cell(staff, Staffing.CLOSED)
    if staff < shift.min_staff:
        return Cell(staff, Staffing.UNDER)
    return Cell(staff, Staffing.OVER if staff > shift.max_staff else Staffing.RIGHT)
