"""Rosters for spreadsheets and calendars."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import icalendar

from services.benchmarks.problem.roster import entries_from_dates
from services.benchmarks.problem.workplace import Employee
from services.benchmarks.results.files import roster_csv, roster_ical
from tests.unit.services.benchmarks.workplaces import EARLY, NIGHT, problem_of, shop

PROBLEM = problem_of(shop(Employee("=cmd()", 40), Employee("Bo, B.", 40), shifts=(EARLY, NIGHT)))
ENTRIES = entries_from_dates(
    PROBLEM.calendar, [(1, date(2025, 3, 4), 1), (0, date(2025, 3, 4), 0), (0, date(2025, 3, 3), 0)]
)


def test_csv_by_date_then_employee() -> None:
    rows = list(csv.DictReader(io.StringIO(roster_csv(PROBLEM, ENTRIES))))
    assert [(row["date"], row["employee"], row["shift"]) for row in rows] == [
        ("2025-03-03", "'=cmd()", "EarlyShift"),
        ("2025-03-04", "'=cmd()", "EarlyShift"),
        ("2025-03-04", "Bo, B.", "NightShift"),
    ]
    assert (rows[2]["start"], rows[2]["end"], rows[2]["hours"]) == ("22:00", "06:00", "8")


def test_calendar_of_everyone() -> None:
    calendar = icalendar.Calendar.from_ical(roster_ical(PROBLEM, ENTRIES))
    events = calendar.walk("VEVENT")
    assert [str(event["summary"]) for event in events][2] == "NightShift: Bo, B."
    assert events[2].decoded("dtstart") == datetime(2025, 3, 4, 22)
    assert events[2].decoded("dtend") == datetime(2025, 3, 5, 6)
    assert len({str(event["uid"]) for event in events}) == 3


def test_calendar_of_one_person() -> None:
    calendar = icalendar.Calendar.from_ical(roster_ical(PROBLEM, ENTRIES, employee=1))
    assert [str(event["summary"]) for event in calendar.walk("VEVENT")] == ["NightShift"]


def test_the_same_roster_is_the_same_file() -> None:
    assert roster_ical(PROBLEM, ENTRIES) == roster_ical(PROBLEM, ENTRIES)
