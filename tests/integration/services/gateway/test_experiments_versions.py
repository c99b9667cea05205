"""Versions of experiments over HTTP: the list, differences, downloads."""

from __future__ import annotations

from typing import Any

from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.jobs.model import Role
from libs.common.jobs.store import JobFilter
from libs.common.registry import Bundle
from libs.common.versions import Origin, Version

from .house import DIGEST, NOW, ZIP, Gateway


async def get(gateway: Gateway, path: str) -> tuple[int, dict[str, Any]]:
    async with gateway.http.get(path) as response:
        return response.status, await response.json()


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


async def test_two_versions_are_compared(staffed: Gateway) -> None:
    status, body = await get(staffed, "/api/experiments/click/diff?from=1&to=2")

    assert (status, body["base"], body["target"], body["total"]) == (200, 1, 2, 1)
    assert body["files"] == [{"path": "a.py", "change": "changed", "size": 6, "diff": "-a\n+b\n"}]


async def test_without_revisions_the_last_change_is_meant(staffed: Gateway) -> None:
    _, body = await get(staffed, "/api/experiments/click/diff/")

    [job] = await staffed.parts.jobs.find(JobFilter(), limit=2)
    assert (job.input.get("base"), job.input.get("revision")) == (None, None)
    assert body["job_id"] == job.id


async def test_a_revision_is_a_number(gateway: Gateway) -> None:
    for path in ("diff?from=0", "diff?to=x", "versions/0/download", "versions/latest/download"):
        status, problem = await get(gateway, f"/api/experiments/click/{path}")
        assert (status, len(problem["errors"])) == (400, 1)
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []


async def test_a_viewer_downloads_a_version(staffed: Gateway) -> None:
    headers = await staffed.token(Role.VIEWER)
    path = "/api/experiments/click/versions/2/download"
    async with staffed.http.get(path, headers=headers) as response:
        body = await response.json()
    async with staffed.http.get(body["download_url"]) as response:
        content = await response.read()

    assert (body["revision"], body["filename"]) == (2, "click_revision_2.zip")
    assert (body["left_out"], body["file_size"]) == ([".env"], len(ZIP))
    assert content == ZIP
    assert "click_revision_2.zip" in response.headers["Content-Disposition"]


async def test_the_file_itself_where_that_is_asked_for(staffed: Gateway) -> None:
    path = "/api/experiments/click/versions/2/download"
    for query, headers in (("?download=1", {}), ("", {"Accept": "application/zip"})):
        async with staffed.http.get(path + query, headers=headers) as response:
            assert (response.status, await response.read()) == (200, ZIP)
            assert len(response.history) == 1
