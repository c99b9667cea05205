"""Benchmarks to look at: companies and runs, the comparison with its plots, rosters by month and person."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from libs.common.jobs.model import Role
from tests.integration.services.benchmarks.desk import dump_of, tiny, zip_of

from .benchmark_dump import COMPANY, OTHER, STRIDES, dump_zip
from .house import House, Person
from .test_looks import PAGE_BYTES, serious

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

HOSTILE = "<img src=x onerror=alert(1)>"
WINDOWS = ((390, True), (768, False), (1440, False))
PLOTS = (
    *("runtime", "fairness", "coverage", "violations"),
    *("monthly-hours-32", "monthly-hours-40", "scalability", "pareto"),
)


async def upload(house: House, content: bytes) -> None:
    """As a script does it."""
    async with house.person(Role.DEVELOPER, signed_in=False) as script:
        answer = await script.context.request.post(
            "/api/upload-benchmark-results/",
            headers={"Authorization": f"Bearer {script.token}", "Accept": "application/json"},
            multipart={
                "file": {"name": "benchmark_dump.zip", "mimeType": "application/zip", "buffer": content}
            },
        )
        assert answer.status == 200, await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def results(house: House) -> AsyncIterator[None]:
    await upload(house, dump_zip())
    yield


async def open_company(page: Page, name: str = COMPANY) -> None:
    await page.goto("/benchmarks")
    await page.get_by_role("table", name="Companies").get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)


async def test_companies_and_runs_lead_to_the_comparison(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/benchmarks")
    runs = page.get_by_role("table", name="Runs")
    await expect(runs.get_by_text("completed")).to_have_count(2)
    await runs.get_by_role("link", name=OTHER).last.click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text(OTHER)
    await expect(page).to_have_url(re.compile(r"\?run="))
    await page.go_back()
    await expect(page).to_have_title("Benchmarks · Entrepot")


async def test_the_best_is_marked_and_changes_are_told(viewer: Person) -> None:
    page = viewer.page
    await open_company(page)

    table = page.get_by_role("region", name="Key figures by algorithm")
    runtime = table.get_by_role("row", name="Runtime").get_by_role("cell")
    await expect(runtime).to_contain_text(["1.5 s", "2.5 s", "765 ms"])
    await expect(runtime.last).to_contain_text("best")
    await expect(runtime.last).to_contain_text("↓ 49.5 % better")
    await expect(runtime.first).not_to_contain_text("best")
    await expect(page.get_by_text("Means over 2 seeds, with 95 % confidence.")).to_be_visible()


async def test_another_run_may_be_chosen(viewer: Person) -> None:
    page = viewer.page
    await open_company(page)
    await page.get_by_label("Run", exact=True).select_option(index=1)
    await page.get_by_role("button", name="Show").click()

    table = page.get_by_role("region", name="Key figures by algorithm")
    await expect(table.get_by_role("row", name="Runtime")).to_contain_text("3.0 s")
    await page.reload()
    await expect(table.get_by_role("row", name="Runtime")).to_contain_text("3.0 s")


async def test_every_plot_is_there_and_painted(viewer: Person) -> None:
    page = viewer.page
    await open_company(page)
    for name in PLOTS:
        await expect(page.locator(f"#plot-{name} svg")).to_be_visible()
    colours = await page.locator("#plot-runtime rect.bar").evaluate_all(
        "bars => bars.map(bar => getComputedStyle(bar).fill)"
    )
    assert len(set(colours)) == len(STRIDES)
    assert "rgb(0, 0, 0)" not in colours


async def test_the_data_behind_a_plot_and_its_image_can_be_had(viewer: Person, tmp_path: Path) -> None:
    page = viewer.page
    await open_company(page)
    for words, begin in (("CSV", "algorithm,seconds"), ("JSON", "{"), ("image", "<?xml")):
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name=f"Runtime as {words}").click()
        download = await downloading.value
        await download.save_as(tmp_path / words)
        assert (tmp_path / words).read_text().startswith(begin)
        assert download.suggested_filename.startswith(f"{COMPANY} runtime.")


async def test_a_month_shows_who_is_missing(viewer: Person) -> None:
    page = viewer.page
    await open_company(page)
    await page.get_by_role("link", name="Show the rosters").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("January 2025")
    await expect(page.get_by_text("1 shift short of staff, 1 overstaffed.")).to_be_visible()
    late = page.get_by_role("region", name="Staff by day").get_by_role("row", name="LateShift")
    cells = late.get_by_role("cell")
    await expect(cells.nth(0)).to_contain_text("nobody works")
    await expect(cells.nth(1)).to_contain_text("0▼ understaffed")
    await expect(cells.nth(2)).to_contain_text("▲ overstaffed")
    await expect(cells.nth(3)).to_contain_text("2\N{EN DASH}4")
    await page.get_by_role("link", name="February 2025").click()
    await expect(page.get_by_text("Every shift has the staff it needs.")).to_be_visible()


async def test_a_person_is_shown_by_day_and_by_month(viewer: Person) -> None:
    page = viewer.page
    await open_company(page)
    await page.get_by_role("link", name="Show the rosters").click()
    person = page.get_by_role("table", name="People").get_by_role("link").nth(1)
    name = await person.inner_text()
    await person.focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name=f"{name} in 2025")).to_be_visible()
    await expect(page.get_by_role("table", name="Hours by month").locator("tbody tr")).to_have_count(12)
    days = page.get_by_role("region", name="Staff by day").get_by_role("row", name=name)
    await expect(days.get_by_role("cell")).to_have_count(31)
    await page.get_by_role("navigation", name="Algorithms").get_by_role("link", name="NSGA-II").click()
    await expect(page.get_by_role("heading", name=f"{name} in 2025")).to_be_visible()


@pytest.mark.parametrize(
    "address", ["/benchmarks/999999", "/benchmarks/1?run=gone", "/benchmarks/1/roster?algorithm=None"]
)
async def test_what_is_not_there_is_said_so(viewer: Person, address: str) -> None:
    answer = await viewer.page.goto(address)
    assert answer is not None
    assert answer.status == 404
    await expect(viewer.page.get_by_role("heading", level=1)).to_be_visible()
    viewer.forgive()


async def test_hostile_names_are_text_and_a_company_may_have_nothing_else(
    house: House, viewer: Person, tmp_path: Path
) -> None:
    await upload(house, zip_of(tmp_path, dump_of(tiny(HOSTILE, icon="🏪"))))
    page = viewer.page
    await open_company(page, HOSTILE)

    await expect(page.get_by_text("Nothing to compare yet")).to_be_visible()
    await expect(page.locator("img[src=x]")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), WINDOWS)
async def test_pages_keep_nobody_out_and_stay_small_and_in_their_window(
    house: House, width: int, *, dark: bool
) -> None:
    async with house.person(Role.DEVELOPER, width=width, dark=dark) as person:
        page = person.page
        await open_company(page)
        company = page.url.removeprefix(house.platform.base_url)
        for address in (
            *("/benchmarks", "/upload-benchmark", company),
            *(f"{company}/roster", f"{company}/roster?employee=1"),
        ):
            answer = await page.goto(address)
            assert answer is not None
            assert len(await answer.body()) < PAGE_BYTES, address
            assert await serious(page) == [], address
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, address
