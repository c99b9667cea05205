"""The page of an experiment: exports with their progress, versions, and what may be changed by whom."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from libs.common.database.collections import EXPERIMENT_HOSTING
from libs.common.hosting import Hosting, HostingState

from .archives import experiment
from .house import House, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]


async def export(page: Page, kind: str) -> None:
    await page.get_by_text("Export ▾").click()
    await page.locator(f"[data-address^='/api/package-{kind}/']").click()


async def upload(person: Person, slug: str, **files: str | bytes) -> None:
    """By a program, as far as this suite is concerned."""
    content = FilePayload(name=f"{slug}.zip", mimeType="application/zip", buffer=experiment(slug, **files))
    answer = await person.context.request.post(
        "/admin/api/upload-experiment",
        multipart={"file": content},
        headers={"Authorization": f"Bearer {person.token}"},
    )
    assert answer.ok, await answer.text()


async def test_an_export_is_made_shown_and_downloaded(viewer: Person, tmp_path: Path) -> None:
    page = viewer.page
    await page.goto("/admin/experiments/click_tracker")
    await export(page, "upload-ready")
    panel = page.locator("#panel")
    await expect(panel).to_contain_text("Ready: click_tracker_intelligent_export")

    async with page.expect_download() as downloading:
        await panel.get_by_role("link", name="Download").click()
    download = await downloading.value
    await download.save_as(tmp_path / "export.zip")
    checksum = await panel.locator("code[title]").get_attribute("title")

    assert checksum == hashlib.sha256((tmp_path / "export.zip").read_bytes()).hexdigest()
    await expect(page.locator("#exports")).to_contain_text(download.suggested_filename)


async def test_the_same_content_is_shown_as_reused(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/admin/experiments/sensor_log")
    await export(page, "docker")
    await expect(page.locator("#panel")).to_contain_text("Ready: sensor_log")
    await export(page, "docker")

    await expect(page.locator("#panel")).to_contain_text("Same as before, reused: sensor_log")


async def test_cut_collections_are_named_and_a_reload_shows_the_same(viewer: Person) -> None:
    page = viewer.page
    await page.goto("/admin/experiments/click")
    await export(page, "standalone")
    panel = page.locator("#panel")
    await expect(panel).to_contain_text("collection is cut")
    await expect(panel).to_contain_text("2,000 of 2,")

    await page.reload()

    await expect(panel).to_contain_text("collection is cut")


async def test_a_checksum_is_copied(viewer: Person) -> None:
    page = viewer.page
    await viewer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto("/admin/experiments/click")
    button = page.get_by_role("button", name="Copy digest").first
    await button.click()

    await expect(page.locator("#announcer")).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await button.get_attribute("data-copy")


async def test_a_version_is_compared_and_rolled_back_by_keyboard(developer: Person) -> None:
    await upload(developer, "history", words__txt="one\n")
    await upload(developer, "history", words__txt="two\n")
    page = developer.page
    await page.goto("/admin/experiments/history")
    await page.locator("#compare-1").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel .plus").last).to_have_text("+two")

    await page.locator("#rollback-1").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(
        "Roll history back to revision 1? Revision 2 is replaced and stays kept"
    )
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.locator("#versions")).to_contain_text("r3 current")


async def test_what_is_not_confirmed_is_not_done(admin: Person) -> None:
    await upload(admin, "kept")
    page = admin.page
    await page.goto("/admin/experiments/kept")
    await page.get_by_role("button", name="Delete with data").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_role("heading", name="Kept")).to_be_visible()

    await page.get_by_role("button", name="Delete with data").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete with data").click()

    await expect(page.locator("#panel")).to_contain_text("deleted")
    await expect(page.locator("#versions")).to_contain_text("no longer registered")


async def test_a_viewer_is_shown_nothing_that_changes(viewer: Person) -> None:
    await viewer.page.goto("/admin/experiments/click")
    await expect(viewer.page.get_by_text("Export ▾")).to_be_visible()

    for name in ("Start", "Roll back", "Clone", "Delete with data"):
        await expect(viewer.page.get_by_role("button", name=name)).to_have_count(0)


async def test_why_it_did_not_start_is_shown_to_developers(
    developer: Person, viewer: Person, house: House
) -> None:
    failed = Hosting(slug="store-front", state=HostingState.FAILED, tried=1, error=["ImportError: no `x`"])
    document = failed.model_dump(exclude={"slug"}) | {"wanted_at": failed.since}
    await house.database[EXPERIMENT_HOSTING].replace_one({"_id": "store-front"}, document, upsert=True)

    for person, count in ((developer, 1), (viewer, 0)):
        await person.page.goto("/admin/experiments/store-front")
        await expect(person.page.locator("#serving")).to_contain_text("failed")
        await expect(person.page.get_by_text("ImportError: no `x`")).to_have_count(count)
