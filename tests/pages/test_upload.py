"""Upload of an experiment: the plan first, then the import; and whatever may go wrong on the way."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from libs.common.jobs.model import Role

from .archives import experiment, noise, zipped
from .house import FAILED_LOAD, UPLOAD_LIMIT, House, Person
from .relay import relay

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

BROKEN_LOAD = re.compile(r"Failed to load resource: net::ERR_")


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/zip", "buffer": content}


async def choose(page: Page, payload: FilePayload) -> None:
    await page.get_by_label("Drop a ZIP here").set_input_files(payload)


async def test_the_plan_comes_first_and_one_button_imports(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    await choose(page, file("planner.zip", experiment("planner", notes__txt="x")))

    panel = page.locator("#upload-panel")
    await expect(panel).to_contain_text("A new experiment: planner")
    await expect(panel).to_contain_text("4 added")
    await panel.get_by_role("button", name="Import planner").click()

    await expect(panel).to_contain_text("revision 1")
    await expect(panel.locator("#serving")).to_contain_text("idle")
    await page.reload()
    await expect(panel).to_contain_text("revision 1")
    await panel.get_by_role("link", name="To its page").click()
    await expect(page).to_have_title("Planner · Entrepot")


async def test_a_changed_version_shows_what_changes(developer: Person) -> None:
    page = developer.page
    for content in (
        experiment("change", a__txt="1", b__txt="1"),
        experiment("change", a__txt="2", c__txt="1"),
    ):
        await page.goto("/admin")
        await choose(page, file("change.zip", content))
        panel = page.locator("#upload-panel")
        await panel.get_by_role("button", name="Import change").click()
        await expect(panel).to_contain_text("revision")

    for words, path in (("added", "c.txt"), ("changed", "a.txt"), ("removed", "b.txt")):
        group = panel.locator("details", has_text=f"1 file {words}")
        await expect(group.get_by_text(path)).to_be_attached()


async def test_a_dropped_file_is_taken(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    content = await page.evaluate_handle(
        """bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "dropped.zip"));
            return transfer;
        }""",
        list(experiment("dropped")),
    )
    await page.dispatch_event("[data-drop]", "drop", {"dataTransfer": content})

    await expect(page.locator("#upload-panel")).to_contain_text("A new experiment: dropped")


async def test_what_is_no_zip_is_not_even_sent(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    await choose(page, file("letter.zip", b"Dear all"))

    await expect(page.get_by_role("alert")).to_contain_text("This is no ZIP archive.")
    await expect(page.locator("#upload-panel")).to_be_hidden()


async def test_what_is_too_large_is_not_even_sent(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    await choose(page, file("large.zip", experiment("large", noise__bin=noise(UPLOAD_LIMIT))))

    await expect(page.get_by_role("alert")).to_contain_text("at most 2.0 MB are taken here")


async def test_problems_say_which_file_and_line(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    broken = {
        "manifest.json": '{"slug": "broken"}',
        "actor.py": "class Actor:\n    def x(:\n",
        "__init__.py": "",
    }
    await choose(page, file("broken.zip", zipped(broken)))

    panel = page.locator("#upload-panel")
    await expect(panel.get_by_role("alert")).to_contain_text("actor.py · line 2")
    await expect(panel.get_by_role("button", name="Import")).to_have_count(0)


async def test_a_cut_connection_can_be_tried_again(house: House) -> None:
    async with relay(house.platform.port) as wire, house.person(Role.DEVELOPER) as person:
        page = person.page
        await page.goto(f"http://127.0.0.1:{wire.port}/admin")
        wire.cut_after = 256 * 1024
        await choose(page, file("cut.zip", experiment("cut", noise__bin=noise(2**20))))

        refusal = page.get_by_role("alert")
        await expect(refusal).to_contain_text("The server cannot be reached.")
        wire.cut_after = None
        await refusal.get_by_role("button", name="Try again").click()

        await expect(page.locator("#upload-panel")).to_contain_text("A new experiment: cut")
        person.forgive(BROKEN_LOAD)


async def test_a_session_that_ends_keeps_what_was_entered(developer: Person) -> None:
    page = developer.page
    await page.goto("/admin")
    await page.get_by_text("Options").click()
    await page.get_by_label("Note").fill("kept")
    await developer.context.clear_cookies()
    await choose(page, file("late.zip", experiment("late")))

    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Token").fill("entrepot_wrong")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("unknown, has expired or was revoked")
    await dialog.get_by_label("Token").fill(developer.token)
    await page.keyboard.press("Enter")

    await expect(page.locator("#upload-panel")).to_contain_text("A new experiment: late")
    await expect(page.get_by_label("Note")).to_have_value("kept")
    developer.forgive(FAILED_LOAD)


async def test_sending_can_be_stopped(house: House) -> None:
    async with relay(house.platform.port) as wire, house.person(Role.DEVELOPER) as person:
        page = person.page
        await page.goto(f"http://127.0.0.1:{wire.port}/admin")
        wire.hold()
        await choose(page, file("stop.zip", experiment("stop", noise__bin=noise(2**20))))
        await page.get_by_role("button", name="Stop sending").click()

        await expect(page.get_by_text("Sending", exact=True)).to_be_hidden()
        await expect(page.get_by_role("alert")).to_have_count(0)
        wire.release()
