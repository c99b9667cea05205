"""The read API of benchmark companies (ROSTERING, Read API)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from libs.common.jobs.model import Role
from services.benchmarks.dump.content import DumpedCompany
from tests.integration.services.benchmarks.desk import dump_of, load, roster, tiny
from tests.integration.services.gateway.house import Gateway

MONDAY, TUESDAY, APRIL = date(2025, 3, 3), date(2025, 3, 4), date(2025, 4, 1)


@pytest.fixture
async def company(gateway: Gateway) -> str:
    """The address of a company with two rosters."""
    rosters = (
        roster("GA", (0, MONDAY, 0), (1, MONDAY, 1), (0, TUESDAY, 1), (0, APRIL, 0)),
        roster("SA", (1, MONDAY, 0)),
    )
    await load(gateway.parts.database, dump_of(DumpedCompany(tiny(), rosters), tiny("Bare", people=[])))
    return "/api/companies/1"


async def get(gateway: Gateway, address: str, status: int = 200) -> Any:
    async with gateway.http.get(address) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def test_companies_with_what_they_have(gateway: Gateway, company: str) -> None:
    listed = (await get(gateway, "/api/companies/"))["companies"]
    assert [
        (one["name"], one["employees"], one["schedule_entries"], one["algorithms"]) for one in listed
    ] == [
        ("Acme", 2, 5, ["GA", "SA"]),
        ("Bare", 0, 0, []),
    ]
    assert await get(gateway, company) == listed[0]


async def test_shifts_and_employees(gateway: Gateway, company: str) -> None:
    shifts = (await get(gateway, f"{company}/shifts/"))["shifts"]
    assert [(shift["name"], shift["start"], shift["min_staff"]) for shift in shifts] == [
        ("EarlyShift", "06:00:00", 1),
        ("LateShift", "14:00:00", 1),
    ]
    employees = (await get(gateway, f"{company}/employees/"))["employees"]
    assert [(person["name"], person["absences"]) for person in employees] == [
        ("Ada", ["2025-05-01"]),
        ("Bo", ["2025-05-01"]),
    ]


async def test_a_month_is_told_per_algorithm_by_date(gateway: Gateway, company: str) -> None:
    schedule = await get(gateway, f"{company}/schedule/?year=2025&month=3")
    told = {
        one["algorithm"]: [(entry["date"], entry["employee"], entry["shift"]) for entry in one["entries"]]
        for one in schedule["algorithms"]
    }
    assert told == {
        "GA": [
            ("2025-03-03", "Ada", "EarlyShift"),
            ("2025-03-03", "Bo", "LateShift"),
            ("2025-03-04", "Ada", "LateShift"),
        ],
        "SA": [("2025-03-03", "Bo", "EarlyShift")],
    }


async def test_one_algorithm_may_be_asked_for(gateway: Gateway, company: str) -> None:
    schedule = await get(gateway, f"{company}/schedule/?month=4&algorithm=GA")
    assert [one["algorithm"] for one in schedule["algorithms"]] == ["GA"]
    assert schedule["year"] == 2025
    assert [entry["date"] for entry in schedule["algorithms"][0]["entries"]] == ["2025-04-01"]


async def test_a_day_names_the_staff_of_each_shift(gateway: Gateway, company: str) -> None:
    day = await get(gateway, f"{company}/day/2025-03-03/?algorithm=SA")
    shifts = day["algorithms"][0]["shifts"]
    assert [(one["shift"]["name"], [person["name"] for person in one["staff"]]) for one in shifts] == [
        ("EarlyShift", ["Bo"]),
        ("LateShift", []),
    ]
    assert [one["understaffed"] for one in shifts] == [False, True]


async def test_an_employee_s_schedule_and_year(gateway: Gateway, company: str) -> None:
    ada = (await get(gateway, f"{company}/employees/"))["employees"][0]["id"]
    schedule = await get(gateway, f"{company}/employees/{ada}/schedule/?algorithm=GA")
    dates = [entry["date"] for entry in schedule["algorithms"][0]["entries"]]
    assert dates == ["2025-03-03", "2025-03-04", "2025-04-01"]
    year = await get(gateway, f"{company}/employees/{ada}/yearly/")
    of_ga, of_sa = year["algorithms"]
    assert (of_ga["hours"], of_ga["shifts"], of_sa["hours"]) == (24, 3, 0)
    assert of_ga["preference_percent"] == pytest.approx(200 / 3)
    assert [(one["month"], one["hours"], one["shifts"]) for one in of_ga["months"] if one["shifts"]] == [
        (3, 16, 2),
        (4, 8, 1),
    ]


async def test_statistics_also_of_those_who_do_not_work(gateway: Gateway, company: str) -> None:
    told = (await get(gateway, f"{company}/employee-statistics/?algorithm=SA"))["algorithms"][0]["employees"]
    assert [(person["name"], person["hours"], person["shifts"]) for person in told] == [
        ("Ada", 0, 0),
        ("Bo", 8, 1),
    ]
    assert told[1]["monthly_hours"] == {"2025-03": 8}


async def test_analytics_and_algorithms_have_the_key_figures(gateway: Gateway, company: str) -> None:
    analytics = await get(gateway, f"{company}/analytics/")
    assert [(one["algorithm"], one["kpis"]["total_hours"]) for one in analytics["algorithms"]] == [
        ("GA", 32),
        ("SA", 8),
    ]
    assert (await get(gateway, f"{company}/algorithms/"))["algorithms"] == analytics["algorithms"]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("schedule/?month=13", "month"),
        ("schedule/?month=soon", "month"),
        ("schedule/?year=0", "year"),
        ("schedule/?algorithm=" + "x" * 65, "algorithm"),
        ("day/2025-02-30/", "date"),
        ("day/today/", "date"),
    ],
)
async def test_bad_parameters_are_400_with_the_reason(
    gateway: Gateway, company: str, address: str, path: str
) -> None:
    problem = await get(gateway, f"{company}/{address}", status=400)
    assert [error["path"] for error in problem["errors"]] == [path]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/api/companies/77/", "company-not-found"),
        ("/api/companies/9999999999999999999/", "company-not-found"),
        ("/api/companies/1/employees/77/yearly/", "employee-not-found"),
        ("/api/companies/1/schedule/?algorithm=XX", "roster-not-found"),
    ],
)
async def test_what_is_not_there_is_404(gateway: Gateway, company: str, address: str, kind: str) -> None:
    assert (await get(gateway, address, status=404))["type"] == f"urn:entrepot:problem:{kind}"


async def test_a_company_without_rosters_has_empty_answers(gateway: Gateway, company: str) -> None:
    for address in ("schedule/?year=2025", "day/2025-03-03/", "employee-statistics/", "analytics/"):
        assert (await get(gateway, f"/api/companies/2/{address}"))["algorithms"] == []


async def test_a_viewer_may_read_and_nobody_else(gateway: Gateway, company: str) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    async with gateway.http.get(company, headers=foreign) as response:
        assert response.status == 401
    async with gateway.http.get(company, headers=foreign | await gateway.token(Role.VIEWER)) as response:
        assert response.status == 200
