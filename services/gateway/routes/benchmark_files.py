"""Published rosters as files: everybody's, or one employee's."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.benchmarks.assignments import Assignment, read_assignments
from libs.common.benchmarks.model import CompanyDocument, EmployeeDocument
from libs.common.benchmarks.reading import rosters_of
from libs.common.benchmarks.roster_csv import roster_csv
from libs.common.benchmarks.roster_ical import roster_ical
from libs.common.blobs.links import content_disposition
from libs.common.threads import in_thread
from services.gateway.auth.access import VIEWER
from services.gateway.reading import read_query
from services.gateway.resources.benchmarks import RosterQuery
from services.gateway.routes.benchmark_paths import COMPANY, EMPLOYEE, company_of, employee_of, reader_of
from services.gateway.routing import Endpoint

CONTENT_TYPES: Final = {"csv": "text/csv", "ics": "text/calendar"}


async def company_file(request: web.Request) -> web.StreamResponse:
    """Raises: BadRequest, CompanyNotFound, RosterNotFound."""
    return await _file(request, await company_of(request), None)


async def employee_file(request: web.Request) -> web.StreamResponse:
    """Raises: BadRequest, CompanyNotFound, EmployeeNotFound, RosterNotFound."""
    company = await company_of(request)
    return await _file(request, company, await employee_of(request, company))


async def _file(
    request: web.Request, company: CompanyDocument, employee: EmployeeDocument | None
) -> web.StreamResponse:
    (roster,) = rosters_of(company, read_query(request, RosterQuery).algorithm)
    assignments = await read_assignments(
        reader_of(request), company, roster, employee.id if employee else None
    )
    suffix = request.match_info["suffix"]
    content = await in_thread(_content, suffix, company, employee, assignments)
    filename = " ".join([company.name, *([employee.name] if employee else []), roster.algorithm])
    return web.Response(
        body=content,
        content_type=CONTENT_TYPES[suffix],
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: content_disposition(f"{filename}.{suffix}")},
    )


def _content(
    suffix: str,
    company: CompanyDocument,
    employee: EmployeeDocument | None,
    assignments: list[Assignment],
) -> bytes:
    if suffix == "csv":
        return roster_csv(assignments).encode()
    return roster_ical(company.name, assignments, named=employee is None)


ENDPOINTS: Final = [
    Endpoint("GET", COMPANY + "/roster.{suffix:csv|ics}", company_file, VIEWER),
    Endpoint("GET", EMPLOYEE + "/roster.{suffix:csv|ics}", employee_file, VIEWER),
]
