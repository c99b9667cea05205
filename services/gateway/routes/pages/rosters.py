"""`/benchmarks/{company}/roster`: a month of a published roster, and who works how much."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster
from libs.common.benchmarks.reading import BenchmarkReader, RosterNotFound, rosters_of
from libs.common.threads import in_thread
from services.gateway.auth.access import VIEWER
from services.gateway.edge import edge_of
from services.gateway.pages.benchmarks.months import Month
from services.gateway.pages.benchmarks.roster_view import RosterView, build
from services.gateway.pages.rendering import page
from services.gateway.reading import read_fields
from services.gateway.resources.benchmarks import Algorithm
from services.gateway.resources.model import HttpModel
from services.gateway.routes.benchmark_paths import LARGEST_ID, company_of
from services.gateway.routes.pages.benchmarks import COMPANY_PAGE
from services.gateway.routing import Endpoint


class RosterPageQuery(HttpModel):
    """Without `algorithm` the first, without `month` the first of the roster's year; `people` are skipped."""

    algorithm: Algorithm | None = None
    month: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{3}-(0[1-9]|1[0-2])$")] | None = None
    employee: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None
    people: Annotated[int, Field(ge=0, le=1_000_000)] = 0


async def show_roster(request: web.Request) -> web.StreamResponse:
    """Raises: CompanyNotFound, RosterNotFound, EmployeeNotFound."""
    query, company = read_fields(request.query, RosterPageQuery), await company_of(request)
    roster = _roster(company, query)
    month = Month.parse(query.month) if query.month else Month(roster.year, 1)
    view = await _read(request, company, roster, month, query)
    return await page(request, "benchmarks/roster.html", view=view)


def _roster(company: CompanyDocument, query: RosterPageQuery) -> PublishedRoster:
    found = rosters_of(company, query.algorithm)
    if not found:
        raise RosterNotFound(f"{company.name} has no roster yet; run an algorithm on it or import a dump.")
    return found[0]


async def _read(
    request: web.Request,
    company: CompanyDocument,
    roster: PublishedRoster,
    month: Month,
    query: RosterPageQuery,
) -> RosterView:
    reader = BenchmarkReader(edge_of(request).parts.database)
    shifts, employees = await reader.shifts(company), await reader.employees(company)
    chosen = await reader.employee(company, query.employee) if query.employee is not None else None
    rows = [row async for row in reader.roster(roster)]
    return await in_thread(
        build,
        company,
        roster,
        month,
        shifts=shifts,
        employees=employees,
        rows=rows,
        chosen=chosen,
        skipped=query.people,
    )


ENDPOINTS: Final = [Endpoint("GET", COMPANY_PAGE + "/roster", show_roster, VIEWER)]
