"""A roster as iCalendar (RFC 5545).

Written here because the year of a large company has 19,000 events of one form: a library of components takes six
seconds for them, this a tenth of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from uuid import NAMESPACE_URL, uuid5

from libs.common.benchmarks.assignments import Assignment
from libs.common.benchmarks.roster_csv import duration

LINE_OCTETS = 75
"""RFC 5545, 3.1: longer lines are folded."""
SURELY_SHORT = LINE_OCTETS // 4
"""Characters; none has more than four octets."""
STAMP = "20000101T000000Z"
"""DTSTAMP is required; a fixed one keeps the file the same for the same roster."""
ESCAPES = str.maketrans({"\\": "\\\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})
"""RFC 5545, 3.3.11."""


def roster_ical(company: str, assignments: Iterable[Assignment], *, named: bool) -> bytes:
    """Events in the given order, `named` by employee; times float, since companies have no time zone."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Entrepot//Rosters//EN",
        f"X-WR-CALNAME:{_text(company)}",
    ]
    for assignment in assignments:
        lines += _event(company, assignment, named=named)
    lines += ["END:VCALENDAR", ""]
    return b"\r\n".join(line.encode() if len(line) <= SURELY_SHORT else _folded(line) for line in lines)


def _event(company: str, assignment: Assignment, *, named: bool) -> tuple[str, ...]:
    shift, person = assignment.shift, assignment.employee
    start = datetime.combine(assignment.day, time.fromisoformat(shift.start))
    identity = f"{company}/{person.id}/{start.isoformat()}/{shift.name}"
    summary = f"{shift.name}: {person.name}" if named else shift.name
    return (
        "BEGIN:VEVENT",
        f"UID:{uuid5(NAMESPACE_URL, identity)}@entrepot",
        f"DTSTAMP:{STAMP}",
        f"DTSTART:{_stamp(start)}",
        f"DTEND:{_stamp(start + duration(shift))}",
        f"SUMMARY:{_text(summary)}",
        "END:VEVENT",
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S")


def _text(value: str) -> str:
    return value.translate(ESCAPES)


def _folded(line: str) -> bytes:
    """Lines of at most 75 octets, no character split; what goes on begins with a space."""
    pieces, room = [b""], LINE_OCTETS
    for octets in (character.encode() for character in line):
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b"")
            room = LINE_OCTETS - 1
        pieces[-1] += octets
    return b"\r\n ".join(pieces)
