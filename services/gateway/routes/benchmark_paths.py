"""Addresses below a company, and what they name."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.benchmarks.model import CompanyDocument, EmployeeDocument
from libs.common.benchmarks.reading import BenchmarkReader, CompanyNotFound, EmployeeNotFound
from services.gateway.edge import edge_of

LARGEST_ID: Final = 2**63 - 1
COMPANY: Final = r"/api/companies/{company_id:\d{1,19}}"
EMPLOYEE: Final = COMPANY + r"/employees/{employee_id:\d{1,19}}"


def reader_of(request: web.Request) -> BenchmarkReader:
    return BenchmarkReader(edge_of(request).parts.database)


async def company_of(request: web.Request) -> CompanyDocument:
    """Raises: CompanyNotFound."""
    number = int(request.match_info["company_id"])
    if number > LARGEST_ID:
        raise CompanyNotFound(f"There is no company {number}.")
    return await reader_of(request).company(number)


async def employee_of(request: web.Request, company: CompanyDocument) -> EmployeeDocument:
    """Raises: EmployeeNotFound."""
    number = int(request.match_info["employee_id"])
    if number > LARGEST_ID:
        raise EmployeeNotFound(f"{company.name} has no employee {number}.")
    return await reader_of(request).employee(company, number)
