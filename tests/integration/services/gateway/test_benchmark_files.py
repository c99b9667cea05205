"""Published rosters as CSV and iCalendar over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import date

import icalendar
import pytest

from services.benchmarks.dump.content import DumpedCompany
from tests.integration.services.benchmarks.desk import dump_of, load, roster, tiny
from tests.integration.services.gateway.house import Gateway

MONDAY, TUESDAY = date(2025, 3, 3), date(2025, 3, 4)


@pytest.fixture
async def company(gateway: Gateway) -> str:
    """The address of a company with a roster."""
    rosters = (roster("GA", (0, MONDAY, 0), (1, MONDAY, 1), (0, TUESDAY, 1)),)
    await load(gateway.parts.database, dump_of(DumpedCompany(tiny(people=("Ada", "Bö")), rosters)))
    return "/api/companies/1"


async def test_everybody_s_roster_for_a_spreadsheet(gateway: Gateway, company: str) -> None:
    async with gateway.http.get(f"{company}/roster.csv?algorithm=GA") as response:
        assert (response.status, response.content_type, response.charset) == (200, "text/csv", "utf-8")
        assert response.headers["Content-Disposition"] == 'attachment; filename="Acme GA.csv"'
        rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert [(row["date"], row["employee"], row["shift"]) for row in rows] == [
        ("2025-03-03", "Ada", "EarlyShift"),
        ("2025-03-03", "Bö", "LateShift"),
        ("2025-03-04", "Ada", "LateShift"),
    ]


async def test_one_s_own_calendar(gateway: Gateway, company: str) -> None:
    async with gateway.http.get(f"{company}/employees/2/roster.ics?algorithm=GA") as response:
        assert (response.status, response.content_type) == (200, "text/calendar")
        assert "filename*=UTF-8''Acme%20B%C3%B6%20GA.ics" in response.headers["Content-Disposition"]
        calendar = icalendar.Calendar.from_ical(await response.read())
    assert [str(event["summary"]) for event in calendar.walk("VEVENT")] == ["LateShift"]


async def test_everybody_s_calendar_names_them(gateway: Gateway, company: str) -> None:
    async with gateway.http.get(f"{company}/roster.ics?algorithm=GA") as response:
        calendar = icalendar.Calendar.from_ical(await response.read())
    assert [str(event["summary"]) for event in calendar.walk("VEVENT")] == [
        "EarlyShift: Ada",
        "LateShift: Bö",
        "LateShift: Ada",
    ]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("roster.csv", 400),
        ("roster.csv?algorithm=XX", 404),
        ("roster.pdf?algorithm=GA", 404),
        ("employees/77/roster.ics?algorithm=GA", 404),
    ],
)
async def test_what_there_is_no_file_of(gateway: Gateway, company: str, address: str, status: int) -> None:
    async with gateway.http.get(f"{company}/{address}") as response:
        assert response.status == status
