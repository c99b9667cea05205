"""Jobs and events, live."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.async_api import expect

from .house import FAILED_LOAD, House, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]


@contextmanager
def nobody_exports(house: House) -> Iterator[None]:
    """The exporter holds still for a while, so that jobs wait."""
    exporter = house.platform.service("exporter")
    assert exporter is not None
    exporter.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        exporter.send_signal(signal.SIGCONT)


async def ask(person: Person, slug: str) -> str:
    """For an export, by a program; the job's id."""
    answer = await person.context.request.get(
        f"/api/package-standalone/{slug}", headers={"Prefer": "respond-async", "Accept": "application/json"}
    )
    return str((await answer.json())["job_id"])


async def test_a_waiting_job_is_cancelled_and_tried_again(viewer: Person, house: House) -> None:
    page = viewer.page
    with nobody_exports(house):
        await page.goto(f"/jobs/{await ask(viewer, 'event_board')}")
        await expect(page.locator("#panel")).to_contain_text("waiting for a free worker")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator("#panel")).to_contain_text("was cancelled by viewer@example.org")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("#panel")).to_contain_text("waiting for a free worker")

    await expect(page.locator("#panel")).to_contain_text("event_board_intelligent_export")
    await expect(page.locator("#job-log")).to_contain_text("export.cancelled")


async def test_the_overview_follows_what_happens(viewer: Person, house: House) -> None:
    page = viewer.page
    await page.goto("/")
    jobs = page.locator("#recent-jobs")
    with nobody_exports(house):
        job_id = await ask(viewer, "store-front")
        await page.reload()
        row = jobs.get_by_role("row").filter(has=page.locator(f"[href='/jobs/{job_id}']"))
        await expect(row).to_contain_text("queued")

    await expect(row).to_contain_text("succeeded")


async def test_jobs_are_filtered_by_state(developer: Person) -> None:
    page = developer.page
    await page.goto("/jobs")
    await page.get_by_label("State").select_option("failed")
    await page.get_by_role("button", name="Show").click()

    await expect(page).to_have_url("/jobs?state=failed&slug=")
    await expect(page.get_by_text("succeeded", exact=True)).to_have_count(1)  # the choice in the filter


async def test_events_come_as_they_happen_and_as_filtered(developer: Person) -> None:
    page = developer.page
    await page.goto("/events")
    await page.get_by_label("Type").fill("export.completed")
    await page.get_by_role("button", name="Filter").click()
    feed = page.locator("#feed")
    await expect(page.locator("#feed-state")).to_have_text("live")
    job_id = await ask(developer, "click_tracker")

    await expect(feed.locator(f"[href='/jobs/{job_id}']")).to_have_count(1)
    names = await feed.locator("td:nth-child(2)").all_inner_texts()
    assert set(names) == {"export.completed"}


async def test_a_paused_feed_goes_on_where_it_was(developer: Person) -> None:
    page = developer.page
    await page.goto("/events?type=export.completed")
    await expect(page.locator("#feed-state")).to_have_text("live")
    await page.get_by_role("button", name="Pause").click()
    job_id = await ask(developer, "click_tracker")
    await page.get_by_role("button", name="Go on").click()

    await expect(page.locator(f"#feed [href='/jobs/{job_id}']")).to_have_count(1)


async def test_a_job_of_somebody_else_is_not_shown(viewer: Person, developer: Person) -> None:
    job_id = await ask(developer, "click_tracker")
    await viewer.page.goto(f"/jobs/{job_id}")

    await expect(viewer.page.get_by_role("heading", level=1)).to_have_text("There is no such job.")
    viewer.forgive(FAILED_LOAD)


async def test_two_tabs_of_which_one_signs_in_anew(developer: Person) -> None:
    first, second = developer.page, await developer.context.new_page()
    await second.goto("/admin/experiments/click")
    await first.goto("/login")
    await first.get_by_label("Token").fill(developer.token)
    await first.keyboard.press("Enter")
    await expect(first).to_have_title("Experiments · Entrepot")

    await second.get_by_role("button", name="Register the edited working copy").click()

    await expect(second.locator("#panel")).to_contain_text("nothing was changed")
    await expect(second.get_by_role("alert")).to_have_count(0)
    developer.forgive(FAILED_LOAD)
