"""How pages leave: their headers, their names, their weight on the database."""

from __future__ import annotations

import re
from typing import Any

import pytest

from libs.common.database.collections import EXPERIMENTS_CONFIG, EXPORT_LOGS, JOBS
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Role
from services.gateway.pages.assets import assets
from services.gateway.routes.pages.static import FOREVER
from tests.integration.services.gateway.house import DIGEST, NOW, Gateway

from .browser import HTML, Browser
from .full_house import fill, job_of

HOSTILE = """"><script>alert(1)</script><img src=x onerror=alert(2)>'{{ 7 * 7 }}"""
ADDRESSES = ("/", "/admin", "/admin/experiments/click", "/jobs", "/events", "/login", "/nowhere")


async def test_the_policy_lets_nothing_in_line_and_nothing_from_elsewhere(browser: Browser) -> None:
    for address in ADDRESSES:
        async with browser.http.get(address, headers=HTML) as answer:
            policy, text = answer.headers["Content-Security-Policy"], await answer.text()
        assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert "frame-ancestors 'none'" in policy, address
        assert not re.search(
            r"<style|<script(?![^>]* src=\"/static/)|style=|\son\w+=|https?://(?!127)", text
        ), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_static_files_are_kept_for_good_under_the_name_of_their_content(browser: Browser) -> None:
    for name, asset in assets().files.items():
        async with browser.http.get(assets().address(name)) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, FOREVER), name
            assert await answer.read() == asset.content
    async with browser.http.get("/static/other/main.js") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
    for missing in ("/static/x/nowhere.js", "/static/x/../../app.py", "/static/x/%2e%2e/rendering.py"):
        async with browser.http.get(missing) as answer:
            assert answer.status == 404, missing


async def test_hostile_names_are_only_text(gateway: Gateway, browser: Browser) -> None:
    database = gateway.parts.database
    await gateway.register("evil", name=HOSTILE, description=HOSTILE)
    await database[EXPERIMENTS_CONFIG].update_one({"_id": "evil"}, {"$set": {"platform.author": HOSTILE}})
    await database[EXPORT_LOGS].insert_one(
        {
            "_id": new_id(),
            "slug_id": "evil",
            "export_type": "docker",
            "user_email": HOSTILE,
            "file_size": 1,
            "checksum": HOSTILE,
            "content_digest": DIGEST,
            "b2_file_name": f"exports/{HOSTILE.replace('/', '')}.zip",
            "created_at": NOW,
        }
    )
    job = job_of(1, subject=HOSTILE, email=HOSTILE, input={"slug": HOSTILE, "kind": HOSTILE})
    await database[JOBS].insert_one(job.as_document())

    named = ("/admin/experiments/evil", f"/jobs/{job.id}", f"/jobs?slug={HOSTILE}", f"/admin?slug={HOSTILE}")
    for address in ("/", "/jobs", *named):
        text = await browser.show(address)
        assert "<script>alert" not in text, address
        assert "<img src=x" not in text, address
        assert "{{ 7 * 7 }}" in text, address


async def test_a_role_below_gets_a_page_that_says_so(gateway: Gateway, browser: Browser) -> None:
    viewer = await gateway.token(Role.VIEWER)
    async with gateway.http.get("/admin", headers=HTML | viewer) as answer:
        assert (answer.status, answer.content_type) == (403, "text/html")
        assert "This needs the role developer" in await answer.text()


async def test_programs_get_problems_and_people_get_pages(gateway: Gateway) -> None:
    async with gateway.http.get("/api/jobs/none", headers=await gateway.token(Role.ADMIN)) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    headers = HTML | await gateway.token(Role.ADMIN)
    async with gateway.http.get("/api/jobs/none", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")


async def test_a_link_from_elsewhere_is_asked_for_once_more_from_here(gateway: Gateway) -> None:
    headers = HTML | {"Sec-Fetch-Site": "cross-site"}
    async with gateway.http.get("/jobs?state=failed", headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Refresh"]) == (200, "0;url=/jobs?state=failed")
    async with gateway.http.get("/api/jobs", headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_parts_of_a_deleted_experiment_say_so_and_ask_no_more(browser: Browser) -> None:
    for part in ("serving", "versions"):
        text = await browser.show(f"/admin/experiments/gone/{part}")
        assert "no longer registered" in text
        assert "data-live" not in text


async def test_a_panel_takes_no_markup_for_its_id(browser: Browser, gateway: Gateway) -> None:
    job = job_of(1)
    await gateway.parts.database[JOBS].insert_one(job.as_document())
    async with browser.http.get(f"/jobs/{job.id}/panel?id=x%22onclick%3D1") as answer:
        assert answer.status == 400


async def test_a_full_house_is_read_by_index(gateway: Gateway, browser: Browser) -> None:
    database = gateway.parts.database
    await fill(database)
    await browser.show("/")

    first = await browser.show("/")
    second = await browser.show("/?after=" + "e00023")

    assert first.count("/admin/experiments/") == 25
    assert "/admin/experiments/e00024" in second
    for criteria in ({}, {"state": "failed"}, {"requester.email": "u3@example.org"}, {"subject": "e00007"}):
        plan = await database[JOBS].find(criteria).sort("_id", -1).limit(51).explain()
        assert examined(plan) <= 60, criteria


def examined(plan: dict[str, Any]) -> int:
    count: int = plan["executionStats"]["totalDocsExamined"]
    return count


def test_every_address_of_a_file_is_known() -> None:
    with pytest.raises(Exception, match=r"There is no static file 'nowhere\.js'"):
        assets().address("nowhere.js")
