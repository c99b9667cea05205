"""A roster as files that people open elsewhere: CSV for tables, iCalendar for calendars."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import icalendar
import numpy as np

from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.roster import Entries

COLUMNS = ("date", "employee", "shift", "start", "end", "hours")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
STAMP = datetime(2000, 1, 1, tzinfo=UTC)
"""RFC 5545 wants a time of creation; a fixed one keeps the file the same for the same roster."""


def roster_csv(problem: RosterProblem, entries: Entries) -> str:
    """One line per entry by date, then employee; text that a spreadsheet would compute is quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for employee, day, index in _by_date(entries):
        shift = problem.workplace.shifts[index]
        date = problem.calendar.dates[day].isoformat()
        name = problem.workplace.employees[employee].name
        times = (shift.start.isoformat("minutes"), shift.end.isoformat("minutes"))
        writer.writerow((date, _inert(name), _inert(shift.name), *times, f"{shift.minutes / 60:g}"))
    return out.getvalue()


def roster_ical(problem: RosterProblem, entries: Entries, employee: int | None = None) -> bytes:
    """iCalendar (RFC 5545) of everyone or one employee; times float, since companies have no time zone."""
    company = problem.workplace.company.name
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Entrepot//Rosters//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", company)
    for person, day, index in _by_date(entries):
        if employee is None or person == employee:
            calendar.add_component(_event(problem, person, day, index, named=employee is None))
    return bytes(calendar.to_ical())


def _event(problem: RosterProblem, employee: int, day: int, index: int, *, named: bool) -> icalendar.Event:
    shift = problem.workplace.shifts[index]
    name = problem.workplace.employees[employee].name
    date = problem.calendar.dates[day]
    start = datetime.combine(date, shift.start)
    identity = f"{problem.workplace.company.name}/{employee}/{name}/{date.isoformat()}/{shift.name}"
    event = icalendar.Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, identity)}@entrepot")
    event.add("dtstamp", STAMP)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=shift.minutes))
    event.add("summary", f"{shift.name}: {name}" if named else shift.name)
    return event


def _by_date(entries: Entries) -> Iterator[tuple[int, int, int]]:
    order = np.lexsort((entries.shift, entries.employee, entries.day))
    columns = (entries.employee[order], entries.day[order], entries.shift[order])
    yield from zip(*(column.tolist() for column in columns), strict=True)


def _inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
