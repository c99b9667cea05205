"""What holds for every page: accessible, small, quick, quiet, and within its window."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Response, expect

from libs.common.jobs.model import Role

from .house import House, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

PAGES = ("/", "/admin", "/admin/experiments/click", "/jobs", "/events", "/login", "/nowhere")
WINDOWS = ((1440, False), (390, True))
SERIOUS = {"serious", "critical"}
PAGE_BYTES = 200 * 1024
FIRST_PAINT_MS = (
    "new Promise(told => new PerformanceObserver(seen => seen.getEntriesByName('first-contentful-paint')"
    ".forEach(paint => told(paint.startTime))).observe({ type: 'paint', buffered: true }))"
)


async def job_page(person: Person) -> str:
    """The address of a job with a result."""
    answer = await person.context.request.get(
        "/api/package-standalone/click", headers={"Accept": "application/json"}
    )
    return f"/jobs/{(await answer.json())['job_id']}"


async def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found: list[dict[str, Any]] = (await Axe().run(page)).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("width", "dark"), WINDOWS)
async def test_pages_keep_nobody_out_and_stay_in_their_window(
    house: House, width: int, *, dark: bool
) -> None:
    async with house.person(Role.ADMIN, width=width, dark=dark) as person:
        page = person.page
        for address in (*PAGES, await job_page(person)):
            await page.goto(address)
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert await serious(page) == [], address
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, address
        person.forgive()


async def test_menus_and_dialogs_keep_nobody_out(admin: Person) -> None:
    page = admin.page
    await page.goto("/admin/experiments/click")
    await page.get_by_text("Export ▾").click()
    assert await serious(page) == []
    await page.get_by_role("button", name="Delete with data").click()
    assert await serious(page) == []


async def test_pages_are_small(admin: Person) -> None:
    page, sizes = admin.page, list[int]()

    async def weigh(response: Response) -> None:
        if "text/event-stream" not in response.headers.get("content-type", ""):
            sizes.append(int(response.headers.get("content-length", 0)))

    page.on("response", weigh)
    for address in PAGES[:-1]:
        sizes.clear()
        await page.goto(address)
        assert 0 < sum(sizes) < PAGE_BYTES, address
    assert await page.evaluate(FIRST_PAINT_MS) > 0


async def test_a_keyboard_reaches_the_content_and_the_menu(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/admin/experiments/click")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()

    await page.get_by_text("Export ▾").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("[data-address^='/api/package-standalone/']")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Export ▾")).to_be_focused()


async def test_times_are_in_the_readers_zone(viewer: Person) -> None:
    await viewer.page.goto("/admin/experiments/click")
    time = viewer.page.locator("time").first
    exact = await time.get_attribute("datetime")

    shown = await time.evaluate(
        "(each, exact) => new Date(each.title + ' GMT+0100') - new Date(exact)", exact
    )

    assert shown in {0, 3_600_000}  # winter and summer in Berlin


async def test_a_theme_that_was_chosen_stays(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/")
    await page.get_by_label("Theme").select_option("dark")
    await page.goto("/jobs")

    ground = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(20, 23, 26)"


async def test_a_link_from_elsewhere_finds_who_is_signed_in(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/jobs")
    link = f"<a href='{page.url}'>there</a>"
    await page.route(
        "http://elsewhere.test/", lambda route: route.fulfill(content_type="text/html", body=link)
    )
    await page.goto("http://elsewhere.test/")
    await page.get_by_role("link").click()

    await expect(page).to_have_title("Jobs · Entrepot")
