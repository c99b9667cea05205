"""Pages of a full platform: the server's time for each, and when a real browser paints it first."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import aiohttp
from playwright.async_api import Page

from bench.house import Site
from bench.processes import run
from bench.report import Figure
from bench.rosters import write_full_dump
from libs.common.database.client import connect
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.integration.services.gateway.pages.full_house import fill
from tests.servers.browser import browser
from tests.servers.entrepot import ROOT, Up, clean_environment, up

ADDRESSES: Final = (
    "/",
    "/admin",
    "/admin/experiments/e00007",
    "/jobs",
    "/events",
    "/upload-benchmark",
    "/benchmarks",
    "/docs",
    "/docs/events",
)
HTML: Final = {"Accept": "text/html"}
BARE: Final = "data:text/html,<!doctype html><title>a word</title><p>word"
"""What the browser itself takes on this machine."""
SERVER_GOAL, PAINT_GOAL = "< 100", "< 300"
FIRST_PAINT: Final = (
    "new Promise(told => new PerformanceObserver(seen => seen.getEntriesByName('first-contentful-paint')"
    ".forEach(paint => told(paint.startTime))).observe({ type: 'paint', buffered: true }))"
)


def measure(site: Site, *, views: int) -> list[Figure]:
    dump = write_full_dump(site.folder / "dump")
    with up(site.folder / "home") as platform:
        environment = clean_environment(ENTREPOT_HOME=site.folder / "home")
        command = (sys.executable, str(ROOT / "manage.py"), "import_sql_dump", "--file", str(dump.zip))
        run(command, environment, site.folder)
        return asyncio.run(_look(platform, site.folder / "home", views))


async def _look(platform: Up, home: Path, views: int) -> list[Figure]:
    settings = Settings(home=home)
    database = connect(resolve_mongo_uri(settings), settings.db_name)
    await fill(database)
    database.client.close()
    figures = []
    work = f"page of 500 experiments, 10,000 jobs (load {os.getloadavg()[0]:.1f})"
    async with aiohttp.ClientSession(platform.base_url, headers=HTML) as http:
        addresses = (*ADDRESSES, *await _comparison(http))
        for address in addresses:
            first, *others = [await _served(http, address) for _ in range(views + 1)]
            figures += [
                Figure(work, f"{address} server, first view", first, "ms"),
                Figure(work, f"{address} server p50", median(others), "ms", SERVER_GOAL),
                Figure(work, f"{address} server p95", quantiles(others, n=20)[-1], "ms", SERVER_GOAL),
            ]
    async with browser() as chromium:
        page = await (await chromium.new_context()).new_page()
        for address in (*(platform.base_url + each for each in addresses), BARE):
            visits = [await _visits(page, address) for _ in range(max(views // 2, 5))]
            name = address.removeprefix(platform.base_url) if address != BARE else "a page of one word,"
            for which, painted in zip(
                ("a first visit", "later visits"), zip(*visits, strict=True), strict=True
            ):
                figures.append(
                    Figure(work, f"{name} first paint, {which}", median(painted), "ms", PAINT_GOAL)
                )
    return figures


async def _comparison(http: aiohttp.ClientSession) -> tuple[str, str]:
    """The largest company's comparison with all its plots, and a month of a roster."""
    async with http.get("/api/companies/") as answer:
        companies = (await answer.json())["companies"]
    page = f"/benchmarks/{max(companies, key=lambda one: one['employees'])['id']}"
    return page, f"{page}/roster"


async def _served(http: aiohttp.ClientSession, address: str) -> float:
    began = time.perf_counter()
    async with http.get(address) as answer:
        answer.raise_for_status()
        await answer.read()
    return (time.perf_counter() - began) * 1000


async def _visits(page: Page, address: str) -> tuple[float, float]:
    """Of a browser that is in use: the first paint with nothing of the platform in its cache, and once more."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.clearBrowserCache")
    await devtools.detach()
    return await _painted(page, address), await _painted(page, address)


async def _painted(page: Page, address: str) -> float:
    await page.goto(address, wait_until="load")
    return float(await page.evaluate(FIRST_PAINT))
