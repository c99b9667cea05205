"""The columns of the files. Cells are as strict as a dump's fields, so that own companies can be dumped.

Absences of the employees' file are ISO dates or spans (`2025-07-01..2025-07-14`), preferred shifts are names; both
are parted by semicolons.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.benchmarks.dump.rows import (
    LARGEST_COUNT,
    Count,
    IsoDate,
    IsoTime,
    Name,
    ShiftName,
    Text,
    parse_date,
)

LONGEST_SPAN = timedelta(days=3660)


def span(first: date, last: date) -> frozenset[date]:
    """All days from the first to the last."""
    if not first <= last <= first + LONGEST_SPAN:
        raise PydanticCustomError("no-span", "The last day lies before the first one, or too far after it.")
    return frozenset(first + timedelta(number) for number in range((last - first).days + 1))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _days(text: str) -> frozenset[date]:
    days: set[date] = set()
    for part in _parts(text):
        first, _, last = part.partition("..")
        days |= span(parse_date(first.strip()), parse_date((last or first).strip()))
    return frozenset(days)


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class CompanyLine(_Line):
    name: Name
    size: Annotated[Text, Field(max_length=20)] = "small"
    description: Text = ""
    icon: Annotated[Text, Field(max_length=20)] = ""
    color: Annotated[Text, Field(max_length=20)] = ""
    sunday_is_workday: bool = False
    """`yes` or `no`."""


class ShiftLine(_Line):
    company: Name
    name: ShiftName
    start: IsoTime
    end: IsoTime
    min_staff: Count
    max_staff: Count

    @model_validator(mode="after")
    def _staff_in_order(self) -> Self:
        if self.min_staff > self.max_staff:
            raise PydanticCustomError("min-above-max", "min_staff is above max_staff.")
        return self


class EmployeeLine(_Line):
    company: Name
    name: Name
    max_hours_per_week: Annotated[int, Field(gt=0, le=LARGEST_COUNT)]
    absences: Annotated[frozenset[date], BeforeValidator(_days)] = frozenset()
    preferred_shifts: Annotated[tuple[Text, ...], BeforeValidator(_parts)] = ()


class AbsenceLine(_Line):
    """From the first to the last day, which may be left out for a single one."""

    company: Name
    employee: Name
    first: IsoDate
    last: IsoDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        span(self.first, self.last or self.first)
        return self
