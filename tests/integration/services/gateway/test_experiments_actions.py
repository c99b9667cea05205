"""Administration of experiments over HTTP."""

from __future__ import annotations

import io

import pytest

from libs.common.database.collections import EXPERIMENT_VERSIONS, EXPERIMENTS_CONFIG
from libs.common.jobs.model import Role
from libs.common.jobs.store import JobFilter
from libs.common.versions import Origin, Version

from .house import DIGEST, NOW, Gateway

ACTIONS = ("start", "stop", "clone", "rollback", "sync")


async def test_a_start_tells_what_serves(staffed: Gateway) -> None:
    async with staffed.http.post("/api/experiments/click/start") as response:
        answered = await response.json()

    assert response.status == 200
    assert (answered["slug"], answered["revision"], answered["digest"]) == ("click", 3, DIGEST)
    assert answered["message"] == "click serves revision 3."


async def test_a_start_that_fails_tells_the_last_lines(staffed: Gateway) -> None:
    await staffed.register("broken")

    async with staffed.http.post("/api/experiments/broken/start/") as response:
        answered = await response.json()

    assert (response.status, response.content_type) == (409, "application/problem+json")
    assert answered["last_lines"] == ["x", "boom"]
    assert answered["job_id"]


async def test_a_stop_says_until_when(staffed: Gateway) -> None:
    async with staffed.http.post("/api/experiments/click/stop") as response:
        answered = await response.json()

    assert response.status == 200
    assert "until it is started" in answered["message"]


async def test_a_clone_names_the_copy(staffed: Gateway) -> None:
    body = {"to": "click-2", "note": "to try things"}
    headers = await staffed.token(Role.DEVELOPER)
    async with staffed.http.post("/api/experiments/click/clone", json=body, headers=headers) as response:
        answered = await response.json()

    assert (response.status, answered["slug"], answered["revision"]) == (200, "click-2", 1)
    assert answered["message"] == "cloned to click-2 by developer@example.org: to try things"


async def test_a_clone_needs_a_name(gateway: Gateway) -> None:
    async with gateway.http.post("/api/experiments/click/clone", json={}) as response:
        problem = await response.json()

    assert response.status == 422
    assert [error["path"] for error in problem["errors"]] == ["to"]


async def test_an_action_is_answered_at_once_where_that_is_preferred(gateway: Gateway) -> None:
    """Nobody works on it here."""
    headers = {"Prefer": "respond-async", "Idempotency-Key": "once"}
    jobs = set()
    for _ in range(2):
        async with gateway.http.post("/api/experiments/click/start", headers=headers) as response:
            assert response.status == 202
            jobs.add(response.headers["Location"])
    assert len(jobs) == 1

    async with gateway.http.post("/api/experiments/click/stop", headers=headers) as response:
        assert response.status == 422


async def test_a_viewer_changes_nothing(gateway: Gateway) -> None:
    headers = await gateway.token(Role.VIEWER)
    for action in ACTIONS:
        path = f"/api/experiments/click/{action}"
        async with gateway.http.post(path, json={"to": "x"}, headers=headers) as response:
            assert response.status == 403
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []


async def test_only_administrators_delete(gateway: Gateway) -> None:
    headers = await gateway.token(Role.DEVELOPER)
    async with gateway.http.delete("/api/experiments/click", headers=headers) as response:
        assert response.status == 403


async def test_what_was_deleted_can_be_brought_back(staffed: Gateway) -> None:
    database = staffed.parts.database
    end = Version(
        slug="click", revision=4, digest=DIGEST, bundle=None, author="a", origin=Origin.DELETE, created_at=NOW
    )
    await database[EXPERIMENT_VERSIONS].insert_one(end.model_dump())
    await database[EXPERIMENTS_CONFIG].delete_one({"_id": "click"})

    async with staffed.http.post("/api/experiments/click/rollback") as response:
        assert response.status == 200
    async with staffed.http.post("/api/experiments/click/start") as response:
        assert response.status == 404


async def test_a_rollback_names_its_revision_and_note(staffed: Gateway) -> None:
    body = {"revision": 2, "note": "worse"}
    async with staffed.http.post("/api/experiments/click/rollback", json=body) as response:
        answered = await response.json()

    assert response.status == 200
    assert answered["revision"] == 2
    assert answered["message"] == "rolled_back by operator@localhost: worse, data False"


async def test_a_rollback_without_a_body_takes_the_one_before(staffed: Gateway) -> None:
    async with staffed.http.post("/api/experiments/click/rollback/") as response:
        assert response.status == 200
        assert "revision" not in await response.json()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"revision": 0}', "application/json", 422),
        (b'{"revision": 1, "colour": 2}', "application/json", 422),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"revision=1", "application/x-www-form-urlencoded", 415),
        (b'{"note": "' + b"x" * 2**20 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_does_not_fit_makes_no_job(
    gateway: Gateway, body: bytes, content_type: str, status: int
) -> None:
    async with gateway.http.post(
        "/api/experiments/click/rollback", data=io.BytesIO(body), headers={"Content-Type": content_type}
    ) as response:
        assert response.status == status
        assert response.content_type == "application/problem+json"
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []


async def test_sync_and_delete_are_asked_of_the_importer(staffed: Gateway) -> None:
    async with staffed.http.post("/api/experiments/click/sync") as response:
        assert (await response.json())["message"].startswith("synced")
    async with staffed.http.delete(
        "/api/experiments/click?delete_data=1", headers=await staffed.token(Role.ADMIN)
    ) as response:
        assert (await response.json())["message"] == "deleted by admin@example.org: None, data True"


async def test_what_is_not_registered_cannot_be_changed(gateway: Gateway) -> None:
    for method, path in (*(("POST", action) for action in ACTIONS), ("DELETE", "")):
        body = {"to": "x"} if path == "clone" else None
        async with gateway.http.request(method, f"/api/experiments/unknown/{path}", json=body) as response:
            assert response.status == 404
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []
