"""Experiments that start, switch, stop, fail: what clients see, and what the supervisor is asked for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.database.collections import EXPERIMENT_HOSTING, EXPERIMENTS_CONFIG
from libs.common.hosting import Hostings, HostingState
from libs.common.jobs.model import Role
from services.gateway.proxy import hold
from tests.integration.services.gateway.house import Gateway, until

from .host import FakeHost, record, serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def hosting_of(gateway: Gateway, slug: str) -> dict[str, Any]:
    found = await gateway.parts.database[EXPERIMENT_HOSTING].find_one({"_id": slug})
    assert found is not None
    return found


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ends soon."""
    monkeypatch.setattr(hold, "START_SECONDS", 0.3)
    monkeypatch.setattr(hold, "HOLD_SECONDS", 0.3)


@pytest.mark.usefixtures("hurried")
async def test_a_first_request_asks_for_a_start(gateway: Gateway) -> None:
    async with gateway.http.get("/experiments/click/api/data") as answer:
        problem = await answer.json()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert problem["type"] == "urn:entrepot:problem:experiment-starting"
    first = await hosting_of(gateway, "click")
    assert first["state"] == HostingState.STOPPED
    await gateway.http.get("/experiments/click/")
    assert (await hosting_of(gateway, "click"))["wanted_at"] == first["wanted_at"]


async def test_a_short_start_is_waited_for(gateway: Gateway) -> None:
    async with serving(FakeHost("one")) as host:
        asking = asyncio.create_task(gateway.http.post("/experiments/click/", data=b"patient"))
        await until(lambda: Hostings(gateway.parts.database).get("click"))
        await record(gateway.parts.database, "click", host)
        async with await asking as answer:
            assert (answer.status, (await answer.json())["size"]) == (200, 7)


async def test_people_see_a_page_that_looks_again(gateway: Gateway) -> None:
    async with gateway.http.get("/experiments/click/", headers=BROWSER) as answer:
        page = await answer.text()
    assert (answer.status, answer.content_type) == (503, "text/html")
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "Starting" in page
    assert "<script" not in page
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    async with gateway.http.post("/experiments/click/", headers=BROWSER) as answer:
        assert "refresh" not in await answer.text()


async def test_the_old_version_serves_while_a_new_one_starts(gateway: Gateway, host: FakeHost) -> None:
    for state in HostingState:
        await record(gateway.parts.database, "click", host, state=state, error=["no"])
        async with gateway.http.get("/experiments/click/") as answer:
            assert answer.status == 200


async def test_a_switch_holds_requests_and_loses_none(gateway: Gateway, host: FakeHost) -> None:
    async with serving(FakeHost("two")) as second:
        until_then = datetime.now(UTC) + timedelta(seconds=5)
        await record(gateway.parts.database, "click", host, held_until=until_then)
        await until(lambda: held(gateway))
        before = len(host.requests)
        asking = [asyncio.create_task(gateway.http.post("/experiments/click/", data=b"x")) for _ in range(20)]
        done, _ = await asyncio.wait(asking, timeout=0.3)
        assert not done
        assert len(host.requests) == before
        await record(gateway.parts.database, "click", second)
        for request in asking:
            async with await request as answer:
                assert (await answer.json())["host"] == "two"


async def held(gateway: Gateway) -> bool:
    """Whether the gateway has seen that requests are to be held."""
    try:
        async with asyncio.timeout(0.15), gateway.http.get("/experiments/click/"):
            return False
    except TimeoutError:
        return True


@pytest.mark.usefixtures("hurried")
async def test_a_switch_that_takes_too_long_is_told(gateway: Gateway, host: FakeHost) -> None:
    until_then = datetime.now(UTC) + timedelta(seconds=60)
    await record(gateway.parts.database, "click", host, held_until=until_then)
    for headers in ({}, BROWSER):
        async with gateway.http.get("/experiments/click/", headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert not host.requests


async def test_what_an_operator_stopped_stays_stopped(gateway: Gateway) -> None:
    await record(gateway.parts.database, "click", off_revision=1, state=HostingState.STOPPED)
    async with gateway.http.get("/experiments/click/") as answer:
        assert (answer.status, (await answer.json())["type"]) == (
            503,
            "urn:entrepot:problem:experiment-stopped",
        )
    assert "Retry-After" not in answer.headers
    async with gateway.http.get("/experiments/click/", headers=BROWSER) as answer:
        assert "/api/experiments/click/start" in await answer.text()
    assert "wanted_at" not in await hosting_of(gateway, "click")


async def test_why_it_failed_is_for_developers(gateway: Gateway) -> None:
    lines = ["Traceback (most recent call last):", "NameError: <script>alert(1)</script>"]
    await record(gateway.parts.database, "click", state=HostingState.FAILED, error=lines)
    async with gateway.http.get("/experiments/click/", headers=await gateway.token(Role.VIEWER)) as answer:
        assert answer.status == 503
        assert "NameError" not in await answer.text()
    developer = await gateway.token(Role.DEVELOPER)
    async with gateway.http.get("/experiments/click/", headers=developer) as answer:
        assert (await answer.json())["last_lines"] == lines
    async with gateway.http.get("/experiments/click/", headers=developer | BROWSER) as answer:
        page = await answer.text()
    assert "NameError: &lt;script&gt;alert(1)" in page
    assert "<script" not in page


@pytest.mark.parametrize("path", [f"/experiments/{rest}" for rest in ("nobody/", "old/", "NO/", "nobody")])
async def test_only_active_experiments_exist(gateway: Gateway, path: str) -> None:
    async with gateway.http.get(path) as answer:
        assert (answer.status, (await answer.json())["type"]) == (
            404,
            "urn:entrepot:problem:experiment-not-found",
        )
    async with gateway.http.get(path, headers=BROWSER) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
    assert await gateway.parts.database[EXPERIMENT_HOSTING].count_documents({}) == 0


async def test_changes_are_seen_within_a_second(gateway: Gateway, host: FakeHost) -> None:
    configs = gateway.parts.database[EXPERIMENTS_CONFIG]
    async with gateway.http.get("/experiments/click/") as answer:
        assert answer.status == 200
    await configs.update_one({"_id": "click"}, {"$set": {"status": "draft"}})

    async def gone() -> bool:
        async with gateway.http.get("/experiments/click/") as answer:
            return answer.status == 404

    await until(gone, seconds=1)


async def test_a_broken_host_has_a_page(gateway: Gateway, host: FakeHost) -> None:
    async with gateway.http.get("/experiments/click/slam", headers=BROWSER) as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
        assert "broke off" in await answer.text()
