"""Companies, their people and their published rosters (ROSTERING, Read API)."""

from __future__ import annotations

from datetime import date
from typing import Final

from aiohttp import web

from libs.common.benchmarks.model import CompanyDocument, EmployeeDocument, PublishedRoster, ShiftDocument
from libs.common.benchmarks.reading import BenchmarkReader, rosters_of
from libs.common.errors import BadRequest, Problem
from libs.common.threads import in_thread
from services.gateway.answers import answer
from services.gateway.auth.access import VIEWER
from services.gateway.reading import read_query
from services.gateway.resources.benchmarks import (
    AlgorithmQuery,
    Analytics,
    CompanyList,
    CompanyResource,
    Day,
    EmployeeList,
    EmployeeResource,
    EmployeeYear,
    MonthQuery,
    RosterList,
    RosterResource,
    Schedule,
    ShiftList,
    ShiftResource,
    SpanQuery,
    StatisticsList,
)
from services.gateway.rosters import Rows, Span, entries_within, staff_on, statistics_of, year_of
from services.gateway.routes.benchmark_files import ENDPOINTS as FILES
from services.gateway.routes.benchmark_paths import COMPANY, EMPLOYEE, company_of, employee_of, reader_of
from services.gateway.routing import Endpoint


async def list_companies(request: web.Request) -> web.StreamResponse:
    found = await reader_of(request).companies()
    return answer(CompanyList(companies=[CompanyResource.of(company) for company in found]))


async def show_company(request: web.Request) -> web.StreamResponse:
    return answer(CompanyResource.of(await company_of(request)))


async def list_algorithms(request: web.Request) -> web.StreamResponse:
    """One per published roster, with its key figures."""
    company = await company_of(request)
    rosters = [RosterResource.of(roster) for roster in company.rosters]
    return answer(RosterList(company=company.id, algorithms=rosters))


async def list_shifts(request: web.Request) -> web.StreamResponse:
    company = await company_of(request)
    shifts = [ShiftResource(**dict(shift)) for shift in await reader_of(request).shifts(company)]
    return answer(ShiftList(company=company.id, shifts=shifts))


async def list_employees(request: web.Request) -> web.StreamResponse:
    company = await company_of(request)
    employees = [
        EmployeeResource(**dict(employee)) for employee in await reader_of(request).employees(company)
    ]
    return answer(EmployeeList(company=company.id, employees=employees))


async def show_schedule(request: web.Request) -> web.StreamResponse:
    """One month of everybody."""
    query, company, reader = read_query(request, MonthQuery), await company_of(request), reader_of(request)
    rosters = rosters_of(company, query.algorithm)
    year = query.year or _year(rosters)
    rows = [await _rows(reader, roster) for roster in rosters]
    employees, shifts = await _people(reader, company), await _shifts(reader, company)

    def build() -> web.Response:
        span = Span.of(year, query.month)
        algorithms = [entries_within(of_one, span, employees, shifts) for of_one in rows]
        return answer(
            Schedule.model_construct(company=company.id, year=year, month=query.month, algorithms=algorithms)
        )

    return await in_thread(build)


async def show_day(request: web.Request) -> web.StreamResponse:
    """One day of everybody, by shift."""
    query, company, reader = (
        read_query(request, AlgorithmQuery),
        await company_of(request),
        reader_of(request),
    )
    day = _date(request)
    rows = [await _rows(reader, roster) for roster in rosters_of(company, query.algorithm)]
    employees, shifts = await _people(reader, company), await _shifts(reader, company)

    def build() -> web.Response:
        algorithms = [staff_on(of_one, Span.of_day(day), employees, shifts) for of_one in rows]
        return answer(Day(company=company.id, date=day, algorithms=algorithms))

    return await in_thread(build)


async def show_employee_schedule(request: web.Request) -> web.StreamResponse:
    """One person's year, or one month of it."""
    query, company, reader = read_query(request, SpanQuery), await company_of(request), reader_of(request)
    employee = await employee_of(request, company)
    rosters = rosters_of(company, query.algorithm)
    year = query.year or _year(rosters)
    shifts, span = await _shifts(reader, company), Span.of(year, query.month)
    algorithms = []
    for roster in rosters:
        row = await reader.employee_roster(roster, employee.id)
        of_one = Rows(roster, [row] if row else [])
        algorithms.append(entries_within(of_one, span, {employee.id: employee}, shifts))
    return answer(
        Schedule.model_construct(company=company.id, year=year, month=query.month, algorithms=algorithms)
    )


async def show_employee_year(request: web.Request) -> web.StreamResponse:
    query, company, reader = read_query(request, SpanQuery), await company_of(request), reader_of(request)
    employee = await employee_of(request, company)
    rosters = rosters_of(company, query.algorithm)
    year = query.year or _year(rosters)
    algorithms = [
        year_of(roster, await reader.employee_roster(roster, employee.id), year) for roster in rosters
    ]
    shown = EmployeeResource(**dict(employee))
    return answer(EmployeeYear(company=company.id, employee=shown, year=year, algorithms=algorithms))


async def list_statistics(request: web.Request) -> web.StreamResponse:
    """Hours, shifts and wishes of everybody."""
    query, company, reader = (
        read_query(request, AlgorithmQuery),
        await company_of(request),
        reader_of(request),
    )
    rows = [await _rows(reader, roster) for roster in rosters_of(company, query.algorithm)]
    employees = await reader.employees(company)

    def build() -> web.Response:
        algorithms = [statistics_of(of_one, employees) for of_one in rows]
        return answer(StatisticsList(company=company.id, algorithms=algorithms))

    return await in_thread(build)


async def show_analytics(request: web.Request) -> web.StreamResponse:
    query, company = read_query(request, AlgorithmQuery), await company_of(request)
    rosters = [RosterResource.of(roster) for roster in rosters_of(company, query.algorithm)]
    return answer(Analytics(company=CompanyResource.of(company), algorithms=rosters))


async def _rows(reader: BenchmarkReader, roster: PublishedRoster) -> Rows:
    return Rows(roster, [row async for row in reader.roster(roster)])


async def _people(reader: BenchmarkReader, company: CompanyDocument) -> dict[int, EmployeeDocument]:
    return {employee.id: employee for employee in await reader.employees(company)}


async def _shifts(reader: BenchmarkReader, company: CompanyDocument) -> dict[int, ShiftDocument]:
    return {shift.id: shift for shift in await reader.shifts(company)}


def _year(rosters: list[PublishedRoster]) -> int:
    """The newest that there is a roster of."""
    return max((roster.year for roster in rosters), default=date.today().year)  # noqa: DTZ011  (any day will do)


def _date(request: web.Request) -> date:
    """Raises: BadRequest."""
    text = request.match_info["date"]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        problem = Problem(
            category="request",
            code="invalid-value",
            path="date",
            message=f"{text!r} is no date.",
            remedy="Write it as YYYY-MM-DD.",
        )
        raise BadRequest(problem.message, problems=[problem]) from error


ENDPOINTS: Final = [
    Endpoint("GET", "/api/companies", list_companies, VIEWER),
    Endpoint("GET", COMPANY, show_company, VIEWER),
    Endpoint("GET", f"{COMPANY}/algorithms", list_algorithms, VIEWER),
    Endpoint("GET", f"{COMPANY}/shifts", list_shifts, VIEWER),
    Endpoint("GET", f"{COMPANY}/employees", list_employees, VIEWER),
    Endpoint("GET", f"{COMPANY}/schedule", show_schedule, VIEWER),
    Endpoint("GET", COMPANY + "/day/{date}", show_day, VIEWER),
    Endpoint("GET", f"{EMPLOYEE}/schedule", show_employee_schedule, VIEWER),
    Endpoint("GET", f"{EMPLOYEE}/yearly", show_employee_year, VIEWER),
    Endpoint("GET", f"{COMPANY}/employee-statistics", list_statistics, VIEWER),
    Endpoint("GET", f"{COMPANY}/analytics", show_analytics, VIEWER),
    *FILES,
]
