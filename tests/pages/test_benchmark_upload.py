"""Upload of benchmark results: the plan first, then the import and what came of it; and whatever may go wrong."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from libs.common.jobs.model import Role

from .archives import zipped
from .benchmark_dump import COMPANY, dump_zip
from .house import FAILED_LOAD, House, Person
from .relay import relay

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

DONE = re.compile("The import is done|Everything was there already")
PATIENCE_MS = 20_000
"""For jobs: those of other tests come first."""
BROKEN_LOAD = re.compile(r"Failed to load resource: net::ERR_")
LIMIT = 50 * 2**20
CUT_AFTER = 32 * 1024
BAD_ROWS = [
    {"model": "rostering_app.company", "pk": 1, "fields": {"name": "Bad Ltd", "size": "small"}},
    {
        "model": "rostering_app.shift",
        "pk": 1,
        "fields": {
            "company": 1,
            "name": "EarlyShift",
            "start": "06:00:00",
            "end": "14:00:00",
            "min_staff": 3,
            "max_staff": 2,
        },
    },
    {"model": "auth.user", "pk": 1, "fields": {}},
]


def file(content: bytes, name: str = "benchmark_dump.zip") -> FilePayload:
    return {"name": name, "mimeType": "application/zip", "buffer": content}


def input_of(page: Page) -> Locator:
    return page.get_by_label("Drop benchmark_dump.zip here")


async def test_the_plan_comes_first_and_one_button_imports(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    await input_of(page).set_input_files(file(dump_zip()))

    panel = page.locator("#upload-panel")
    await expect(panel).to_contain_text(
        "Ready to import: 2 companies, 5 shifts, 40 people", timeout=PATIENCE_MS
    )
    await panel.get_by_role("button", name="Import").click()

    await expect(panel.get_by_text(DONE)).to_be_visible(timeout=PATIENCE_MS)
    row = panel.get_by_role("row", name="Employees")
    await expect(row.get_by_role("cell").first).to_have_text("40")
    await expect(panel.get_by_role("listitem").filter(has_text=COMPANY)).to_be_visible()
    await page.reload()
    await expect(panel.get_by_text(DONE)).to_be_visible()
    await panel.get_by_role("link", name="Compare the results").click()
    await expect(page.get_by_role("link", name=COMPANY).first).to_be_visible()


async def test_everything_can_be_done_by_keyboard(developer: Person) -> None:
    """Which dialog a file input opens is the browser's affair; that it is reached, and what follows, is ours."""
    page = developer.page
    await page.goto("/upload-benchmark")
    await page.get_by_text("Other ways to export").focus()
    await page.keyboard.press("Tab")
    await expect(input_of(page)).to_be_focused()
    await page.locator(":focus").set_input_files(file(dump_zip()))

    button = page.get_by_role("button", name="Import")
    await expect(button).to_be_visible(timeout=PATIENCE_MS)
    for _ in range(3):  # the checkbox, another check, the import
        await page.keyboard.press("Tab")
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#upload-panel").get_by_text(DONE)).to_be_visible(timeout=PATIENCE_MS)


async def test_every_problem_is_told_with_its_row_and_nothing_is_changed(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    await input_of(page).set_input_files(file(zipped({"benchmark_dump.json": json.dumps(BAD_ROWS)})))

    panel = page.locator("#upload-panel")
    problems = panel.get_by_role("alert").get_by_role("listitem")
    await expect(problems.filter(has_text="min_staff")).to_contain_text("row 2", timeout=PATIENCE_MS)
    await expect(problems.filter(has_text="auth.user")).to_contain_text("row 3")
    await expect(panel.get_by_role("button", name="Import")).to_have_count(0)
    await page.goto("/benchmarks")
    await expect(page.get_by_text("Bad Ltd")).to_have_count(0)


async def test_a_zip_without_a_dump_says_what_to_do(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    await input_of(page).set_input_files(file(zipped({"benchmark_export.json": "[]"})))

    await expect(page.locator("#upload-panel").get_by_role("alert")).to_contain_text(
        "Export it again", timeout=PATIENCE_MS
    )


async def test_what_is_no_zip_is_not_even_sent(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    await input_of(page).set_input_files(file(b"INSERT INTO company", "benchmark_dump.sql"))

    await expect(page.get_by_role("alert")).to_contain_text("This is no ZIP archive.")


async def test_what_is_dropped_and_too_large_is_not_even_sent(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    transfer = await page.evaluate_handle(
        """size => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(size)], "huge.zip"));
            return transfer;
        }""",
        LIMIT + 1,
    )
    await page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})

    await expect(page.get_by_role("alert")).to_contain_text("at most 50.0 MB are taken here")


async def test_a_cut_connection_can_be_tried_again(house: House) -> None:
    async with relay(house.platform.port) as wire, house.person(Role.DEVELOPER) as person:
        page = person.page
        await page.goto(f"http://127.0.0.1:{wire.port}/upload-benchmark")
        wire.cut_after = CUT_AFTER
        await input_of(page).set_input_files(file(dump_zip()))

        refusal = page.get_by_role("alert")
        await expect(refusal).to_contain_text("The server cannot be reached.")
        await expect(page.locator("[data-drop]")).to_contain_text("benchmark_dump.zip")
        wire.cut_after = None
        await refusal.get_by_role("button", name="Try again").click()

        await expect(page.locator("#upload-panel")).to_contain_text("Ready to import", timeout=PATIENCE_MS)
        person.forgive(BROKEN_LOAD)


async def test_a_session_that_ends_asks_and_goes_on(developer: Person) -> None:
    page = developer.page
    await page.goto("/upload-benchmark")
    await page.get_by_role("checkbox").check()
    await developer.context.clear_cookies()
    await input_of(page).set_input_files(file(dump_zip()))
    await page.get_by_role("dialog").get_by_label("Token").fill(developer.token)
    await page.keyboard.press("Enter")

    panel = page.locator("#upload-panel")
    await expect(panel).to_contain_text("Ready to import", timeout=PATIENCE_MS)
    await expect(panel).to_contain_text("what the companies had here is removed first")
    developer.forgive(FAILED_LOAD)


async def test_who_may_not_upload_is_told_so(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/upload-benchmark")

    await expect(page.get_by_text("Uploading needs the role developer.")).to_be_visible()
    await expect(input_of(page)).to_have_count(0)
