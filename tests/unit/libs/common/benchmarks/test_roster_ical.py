"""Rosters for calendars, read by somebody else's library."""

from __future__ import annotations

from datetime import date, datetime

import icalendar
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.benchmarks.assignments import Assignment
from libs.common.benchmarks.roster_ical import LINE_OCTETS, roster_ical
from tests.unit.libs.common.benchmarks.rosters import BO, EARLY, ROSTER, employee

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=100).map(
    str.strip
)


def events_of(content: bytes) -> list[icalendar.Component]:
    return icalendar.Calendar.from_ical(content).walk("VEVENT")


def test_everyone_is_named() -> None:
    events = events_of(roster_ical("Café", ROSTER, named=True))
    assert [str(event["summary"]) for event in events] == [
        "EarlyShift: =cmd()",
        "EarlyShift: =cmd()",
        "NightShift: Bo, B.",
    ]
    assert events[2].decoded("dtstart") == datetime(2025, 3, 4, 22)
    assert events[2].decoded("dtend") == datetime(2025, 3, 5, 6, 30)
    assert len({str(event["uid"]) for event in events}) == 3


def test_one_s_own_calendar_names_nobody() -> None:
    own = [assignment for assignment in ROSTER if assignment.employee is BO]
    assert [str(event["summary"]) for event in events_of(roster_ical("Café", own, named=False))] == [
        "NightShift"
    ]


def test_the_same_roster_is_the_same_file() -> None:
    assert roster_ical("Café", ROSTER, named=True) == roster_ical("Café", ROSTER, named=True)


@settings(max_examples=50)
@given(name=NAMES)
def test_any_name_comes_back_from_short_lines(name: str) -> None:
    content = roster_ical("Café", [Assignment(date(2025, 3, 3), employee(1, name), EARLY)], named=True)
    assert str(events_of(content)[0]["summary"]) == f"EarlyShift: {name}"
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_OCTETS
    assert all(line.decode() is not None for line in lines), "no character is split"
