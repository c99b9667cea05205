"""Registered experiments over HTTP."""

from __future__ import annotations

import io
from typing import Any

import pytest

from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.jobs.model import Role
from libs.common.jobs.store import JobFilter
from libs.common.registry import Bundle
from libs.common.versions import Origin, Version

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


@pytest.mark.parametrize("path", ["", "/versions", "/estimate"])
async def test_an_unknown_experiment_is_not_found(gateway: Gateway, path: str) -> None:
    assert (await get(gateway, f"/api/experiments/unknown{path}"))[0] == 404


async def test_versions_tell_which_is_current_and_which_are_kept(gateway: Gateway) -> None:
    for revision in range(1, 4):
        version = Version(
            slug="click",
            revision=revision,
            digest=DIGEST,
            bundle=Bundle(key="k", sha256=DIGEST, size=1) if revision > 1 else None,
            author="ana@example.org",
            note=f"note {revision}",
            origin=Origin.IMPORT,
            created_at=NOW,
        )
        await gateway.parts.database[EXPERIMENT_VERSIONS].insert_one(version.model_dump())

    _, body = await get(gateway, "/api/experiments/click/versions?limit=2")
    _, rest = await get(gateway, f"/api/experiments/click/versions?limit=2&before={body['next']}")

    versions = body["versions"] + rest["versions"]
    assert [entry["revision"] for entry in versions] == [3, 2, 1]
    assert [entry["current"] for entry in versions] == [True, False, False]
    assert [entry["kept"] for entry in versions] == [True, True, False]
    assert [entry["note"] for entry in versions] == ["note 3", "note 2", "note 1"]


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
    for method, path in (("POST", "rollback"), ("POST", "sync"), ("DELETE", "")):
        async with gateway.http.request(method, f"/api/experiments/unknown/{path}") as response:
            assert response.status == 404
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []
