"""Registered experiments over HTTP."""

from __future__ import annotations

from typing import Any

from libs.common.hosting import Hostings, HostingState
from libs.common.jobs.store import JobFilter

from .house import DIGEST, NOW, Gateway


async def get(gateway: Gateway, path: str) -> tuple[int, dict[str, Any]]:
    async with gateway.http.get(path) as response:
        return response.status, await response.json()


async def test_experiments_are_listed_by_slug_in_pages(gateway: Gateway) -> None:
    await gateway.register("a-first")

    _, first = await get(gateway, "/api/experiments?limit=2")
    _, second = await get(gateway, f"/api/experiments/?limit=2&after={first['next']}")

    listed = first["experiments"] + second["experiments"]
    assert [entry["slug"] for entry in listed] == ["a-first", "click", "old"]
    assert [entry["name"] for entry in listed] == ["a-first", "Click counter", "old"]
    assert [entry["status"] for entry in listed] == ["active", "active", "archived"]
    assert {entry["version"] for entry in listed} == {DIGEST[:12]}
    assert "next" not in second


async def test_an_experiment_is_shown_whatever_its_status(gateway: Gateway) -> None:
    status, body = await get(gateway, "/api/experiments/old")

    assert status == 200
    assert (body["slug"], body["status"], body["revision"], body["digest"]) == ("old", "archived", 3, DIGEST)


async def test_hosting_is_told_without_its_secrets(gateway: Gateway) -> None:
    await Hostings(gateway.parts.database).write(
        "click",
        1,
        state=HostingState.FAILED,
        since=NOW,
        address="http://127.0.0.1:1",
        token="hidden",
        revision=2,
        routes=["GET /experiments/click/"],
        error=["Traceback", "boom"],
    )

    _, body = await get(gateway, "/api/experiments/click")
    _, page = await get(gateway, "/api/experiments")

    assert body["hosting"] == {
        "state": "failed",
        "since": "2024-02-29T00:00:00Z",
        "serving_revision": 2,
        "path": "/experiments/click/",
        "actor": "click-actor",
        "routes": ["GET /experiments/click/"],
        "error": ["Traceback", "boom"],
        "indexes": {},
    }
    assert [each["hosting"]["state"] for each in page["experiments"]] == ["failed", "inactive"]
    assert "hidden" not in str(page)


async def test_the_last_export_is_told(staffed: Gateway) -> None:
    for _ in range(2):
        async with staffed.http.get("/api/package-docker/click") as response:
            made = await response.json()

    _, body = await get(staffed, "/api/experiments/click")

    assert body["last_export"]["kind"] == "docker"
    assert body["last_export"]["file_size"] == made["file_size"]
    assert "last_export" not in (await get(staffed, "/api/experiments/old"))[1]


async def test_an_unknown_experiment_is_not_found(gateway: Gateway) -> None:
    for path in ("", "/versions", "/estimate", "/diff", "/versions/1/download"):
        assert (await get(gateway, f"/api/experiments/unknown{path}"))[0] == 404
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []
