"""Jobs over HTTP: look, cancel, try again."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from libs.common.jobs.model import JobState, Role

from .house import Gateway, exporter, importer, zip_of

ASYNC = {"Prefer": "respond-async"}


async def ask(gateway: Gateway, role: Role, path: str = "/api/package-standalone/click") -> str:
    """A waiting job of a caller with this role."""
    async with gateway.http.get(path, headers=await gateway.token(role) | ASYNC) as response:
        return str((await response.json())["job_id"])


async def call(gateway: Gateway, method: str, path: str, role: Role) -> tuple[int, dict[str, Any]]:
    async with gateway.http.request(method, path, headers=await gateway.token(role)) as response:
        return response.status, await response.json()


async def test_viewers_see_their_own_jobs_and_developers_all(gateway: Gateway) -> None:
    mine, other = await ask(gateway, Role.VIEWER), await ask(gateway, Role.DEVELOPER)

    _, seen = await call(gateway, "GET", "/api/jobs", Role.VIEWER)
    _, all_of_them = await call(gateway, "GET", "/api/jobs/", Role.DEVELOPER)

    assert [job["id"] for job in seen["jobs"]] == [mine]
    assert [job["id"] for job in all_of_them["jobs"]] == [other, mine]
    assert (await call(gateway, "GET", f"/api/jobs/{mine}", Role.VIEWER))[0] == 200
    assert (await call(gateway, "GET", f"/api/jobs/{other}", Role.VIEWER))[0] == 404
    assert (await call(gateway, "GET", f"/api/jobs/{mine}", Role.DEVELOPER))[0] == 200


async def test_jobs_are_listed_by_slug_and_state_in_pages(gateway: Gateway) -> None:
    await gateway.register("clock")
    made = [await ask(gateway, Role.DEVELOPER) for _ in range(3)]
    await ask(gateway, Role.DEVELOPER, "/api/package-docker/clock")

    _, first = await call(gateway, "GET", "/api/jobs?slug=click&state=queued&limit=2", Role.DEVELOPER)
    _, second = await call(
        gateway, "GET", f"/api/jobs?slug=click&limit=2&before={first['next']}", Role.DEVELOPER
    )
    _, none = await call(gateway, "GET", "/api/jobs?state=failed", Role.DEVELOPER)

    assert [job["id"] for job in first["jobs"] + second["jobs"]] == made[::-1]
    assert none == {"jobs": []}


async def test_what_is_wrong_with_a_query_is_told_at_once(gateway: Gateway) -> None:
    status, body = await call(gateway, "GET", "/api/jobs?state=odd&limit=0", Role.VIEWER)

    assert status == 400
    assert {problem["path"] for problem in body["errors"]} == {"state", "limit"}


async def test_a_job_shows_nothing_that_is_only_ours(gateway: Gateway) -> None:
    _, job = await call(gateway, "GET", f"/api/jobs/{await ask(gateway, Role.VIEWER)}", Role.VIEWER)

    assert job["state"] == "queued"
    assert job["requester"] == {"email": "viewer@example.org", "role": "viewer"}
    assert not {"lease", "outbox", "idempotency_key", "body_digest"} & job.keys()


async def test_a_waiting_job_is_cancelled_at_once_and_once(gateway: Gateway) -> None:
    path = f"/api/jobs/{await ask(gateway, Role.VIEWER)}"

    status, job = await call(gateway, "DELETE", path, Role.VIEWER)
    again, problem = await call(gateway, "DELETE", path, Role.VIEWER)

    assert (status, job["state"], job["cancel_requested_by"]) == (200, "cancelled", "viewer@example.org")
    assert (again, problem["type"]) == (409, "urn:entrepot:problem:job-ended")


async def test_only_the_owner_and_administrators_cancel(gateway: Gateway) -> None:
    path = f"/api/jobs/{await ask(gateway, Role.VIEWER)}"

    assert (await call(gateway, "DELETE", path, Role.DEVELOPER))[0] == 403
    assert (await call(gateway, "DELETE", path, Role.ADMIN))[0] == 200


async def test_a_running_job_is_asked_to_stop(gateway: Gateway) -> None:
    job_id = await ask(gateway, Role.VIEWER)
    assert await gateway.parts.jobs.claim("export.request", "somebody") is not None

    status, job = await call(gateway, "DELETE", f"/api/jobs/{job_id}", Role.VIEWER)

    assert (status, job["state"]) == (202, "running")
    assert (await gateway.parts.jobs.get(job_id)).cancel_requested_by == "viewer@example.org"


async def test_a_cancelled_job_can_be_tried_again(gateway: Gateway) -> None:
    job_id = await ask(gateway, Role.VIEWER)
    await call(gateway, "DELETE", f"/api/jobs/{job_id}", Role.VIEWER)
    async with exporter(gateway.parts):
        status, job = await call(gateway, "POST", f"/api/jobs/{job_id}/retry", Role.VIEWER)

    assert (status, job["state"], job["input"]) == (
        200,
        "succeeded",
        {
            "slug": "click",
            "kind": "standalone",
            "estimate": False,
        },
    )
    assert job["id"] != job_id


async def test_only_what_ended_badly_is_tried_again(gateway: Gateway) -> None:
    status, problem = await call(
        gateway, "POST", f"/api/jobs/{await ask(gateway, Role.VIEWER)}/retry", Role.VIEWER
    )

    assert (status, problem["type"]) == (409, "urn:entrepot:problem:job-not-over")


async def failed_import(gateway: Gateway) -> str:
    data = aiohttp.FormData()
    data.add_field("file", zip_of({"bad": b""}), filename="click_upload.zip")
    headers = await gateway.token(Role.DEVELOPER)
    async with (
        importer(gateway.parts),
        gateway.http.post("/api/upload-experiment", data=data, headers=headers) as response,
    ):
        return str((await response.json())["job_id"])


async def test_trying_again_needs_the_right_to_ask(gateway: Gateway) -> None:
    job_id = await failed_import(gateway)
    store = gateway.parts.jobs

    assert (await call(gateway, "POST", f"/api/jobs/{job_id}/retry", Role.VIEWER))[0] == 404
    assert (await store.get(job_id)).state is JobState.FAILED


async def test_an_import_whose_file_is_gone_must_be_sent_again(gateway: Gateway) -> None:
    job_id = await failed_import(gateway)
    await gateway.parts.blobs.delete((await gateway.parts.jobs.get(job_id)).input["upload_key"])

    status, problem = await call(gateway, "POST", f"/api/jobs/{job_id}/retry", Role.DEVELOPER)

    assert (status, problem["type"]) == (404, "urn:entrepot:problem:upload-gone")


@pytest.mark.parametrize("job_id", ["unknown", "%00", "$where"])
async def test_an_unknown_job_is_not_found(gateway: Gateway, job_id: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
        status, _ = await call(gateway, method, f"/api/jobs/{job_id}{path}", Role.ADMIN)
        assert status == 404
