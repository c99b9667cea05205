"""The rows of a dump as strict models: the one source of validation and of `benchmark_schema.json`."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache
from typing import Annotated, Literal, NotRequired, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

LARGEST_KEY = 2**63 - 1
LARGEST_COUNT = 2**31 - 1
"""What a positive integer column of MySQL and other databases holds."""
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
ISO_TIME = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)


def parse_date(value: object) -> date:
    """A calendar date of the form 2025-01-31."""
    if not isinstance(value, str):
        raise PydanticCustomError("bad-date", "A date is a text.")
    return _date_of(value)


@lru_cache(maxsize=4096)
def _date_of(text: str) -> date:
    if not ISO_DATE.fullmatch(text):
        raise PydanticCustomError("bad-date", "Dates are written as YYYY-MM-DD.")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("bad-date", "There is no such day in the calendar.") from error


def parse_time(value: object) -> time:
    """A time of day of the form 06:00:00, seconds left out or not."""
    if not isinstance(value, str):
        raise PydanticCustomError("bad-time", "A time is a text.")
    return _time_of(value)


@lru_cache(maxsize=4096)
def _time_of(text: str) -> time:
    if not ISO_TIME.fullmatch(text):
        raise PydanticCustomError("bad-time", "Times are written as HH:MM:SS.")
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("bad-time", "There is no such time of day.") from error


@lru_cache(maxsize=4096)
def _storable(text: str) -> str:
    """Text that UTF-8 and every database can hold."""
    if "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)):
        raise PydanticCustomError("bad-text", "NUL characters and lone surrogates cannot be stored.")
    return text


DATE_SCHEMA = WithJsonSchema({"type": "string", "format": "date"})
TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"})
IsoDate = Annotated[date, PlainValidator(parse_date), DATE_SCHEMA]
IsoTime = Annotated[time, PlainValidator(parse_time), TIME_SCHEMA]
Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_storable)]
ShiftName = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_storable)]
Key = Annotated[int, Field(ge=-LARGEST_KEY, le=LARGEST_KEY)]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


STRICT = ConfigDict(strict=True, extra="forbid", defer_build=True)
LATER = ConfigDict(defer_build=True)
"""A dump that is written has no need of what checks one that is read."""


class Fields(BaseModel):
    """Fields of a row."""

    model_config = STRICT


class CompanyFields(Fields):
    name: Name
    size: Annotated[Text, Field(max_length=20)]
    description: Text = ""
    icon: Annotated[Text, Field(max_length=20)] = ""
    color: Annotated[Text, Field(max_length=20)] = ""
    sunday_is_workday: bool = False


class ShiftFields(Fields):
    company: Key
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


class EmployeeFields(Fields):
    company: Key
    name: Name
    max_hours_per_week: Annotated[int, Field(gt=0, le=LARGEST_COUNT)]
    absences: list[IsoDate] = []
    preferred_shifts: list[Text] = []


class _Row(BaseModel):
    model_config = STRICT

    pk: Key | None = None


class CompanyRow(_Row):
    model: Literal["rostering_app.company"]
    fields: CompanyFields


class ShiftRow(_Row):
    model: Literal["rostering_app.shift"]
    fields: ShiftFields


class EmployeeRow(_Row):
    model: Literal["rostering_app.employee"]
    fields: EmployeeFields


@with_config(STRICT)
class EntryFields(TypedDict):
    """Plain dictionaries for the rows that a dump has by the hundred thousand: four times as fast as models."""

    employee: Key
    date: IsoDate
    shift: Key
    company: NotRequired[Key | None]
    algorithm: NotRequired[Annotated[str, StringConstraints(max_length=64), AfterValidator(_storable)]]


@with_config(STRICT)
class EntryRow(TypedDict):
    """A schedule entry."""

    pk: NotRequired[Key | None]
    model: Literal["rostering_app.scheduleentry"]
    fields: EntryFields


MODELS = tuple(f"rostering_app.{name}" for name in ("company", "shift", "employee", "scheduleentry"))
AnyRow = CompanyRow | ShiftRow | EmployeeRow | EntryRow
ROW: TypeAdapter[AnyRow] = TypeAdapter(Annotated[AnyRow, Field(discriminator="model")], config=LATER)
ROWS: TypeAdapter[list[AnyRow]] = TypeAdapter(
    list[Annotated[AnyRow, Field(discriminator="model")]], config=LATER
)
ENTRIES: TypeAdapter[list[EntryRow]] = TypeAdapter(list[EntryRow], config=LATER)
