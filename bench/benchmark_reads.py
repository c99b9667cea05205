"""The read API at full size: every address of the large company, over HTTP."""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median

import aiohttp

from bench.house import Site
from bench.processes import run
from bench.report import Figure
from bench.rosters import ALGORITHMS, write_full_dump
from tests.servers.entrepot import ROOT, Up, clean_environment, up

ADDRESSES = (
    "",
    "algorithms/",
    "shifts/",
    "employees/",
    "analytics/",
    "schedule/?month=3",
    f"schedule/?month=3&algorithm={ALGORITHMS[0]}",
    "day/2025-03-03/",
    "employees/{employee}/schedule/",
    "employees/{employee}/yearly/",
    "employee-statistics/",
    f"roster.csv?algorithm={ALGORITHMS[0]}",
    f"employees/{{employee}}/roster.ics?algorithm={ALGORITHMS[0]}",
)
GOAL = "< 150"
FILE = "/roster."
"""Rosters for other programs: a file of a whole year, for which no goal is set."""


def measure(site: Site, *, requests: int) -> list[Figure]:
    dump = write_full_dump(site.folder / "dump")
    with up(site.folder / "home") as platform:
        environment = clean_environment(ENTREPOT_HOME=site.folder / "home")
        command = (sys.executable, str(ROOT / "manage.py"), "import_sql_dump", "--file", str(dump.zip))
        run(command, environment, site.folder)
        return asyncio.run(_read(platform, f"read API with {dump.rows:,} rows", requests))


async def _read(platform: Up, work: str, requests: int) -> list[Figure]:
    figures = []
    async with aiohttp.ClientSession(platform.base_url) as http:
        companies = (await _json(http, "/api/companies/"))["companies"]
        company = f"/api/companies/{max(companies, key=lambda one: one['employees'])['id']}/"
        employee = (await _json(http, f"{company}employees/"))["employees"][0]["id"]
        for address in ("/api/companies/", *(company + path.format(employee=employee) for path in ADDRESSES)):
            seconds = [await _seconds(http, address) for _ in range(requests)]
            goal = "" if FILE in address else GOAL
            name = address.replace(company, "…/").replace(f"/{employee}/", "/{id}/")
            figures += [
                Figure(work, f"{name} p50", median(seconds) * 1000, "ms", goal),
                Figure(work, f"{name} slowest of {requests}", max(seconds) * 1000, "ms", goal),
            ]
    return figures


async def _json(http: aiohttp.ClientSession, address: str) -> dict[str, list[dict[str, int]]]:
    async with http.get(address) as response:
        found: dict[str, list[dict[str, int]]] = await response.json()
        return found


async def _seconds(http: aiohttp.ClientSession, address: str) -> float:
    began = time.perf_counter()
    async with http.get(address) as response:
        response.raise_for_status()
        await response.read()
    return time.perf_counter() - began
