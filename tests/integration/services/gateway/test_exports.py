"""The seed's export addresses: JSON, the file itself, or a job to look at."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile

import pytest

from libs.common.events.exports import ExportKind
from libs.common.jobs.model import JobState
from libs.common.jobs.store import JobFilter

from .house import Gateway, exporter


@pytest.mark.parametrize("kind", ExportKind)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_export_answers_with_all_that_is_known_of_it(
    staffed: Gateway, kind: ExportKind, slash: str
) -> None:
    async with staffed.http.get(f"/api/package-{kind}/click{slash}") as response:
        body = await response.json()

    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert set(body) == {
        *("status", "download_url", "filename", "export_id", "message", "job_id", "checksum"),
        *("content_digest", "file_size", "reused", "expires_at", "collections", "warnings"),
    }
    assert body["status"] == "success"
    assert body["collections"] == [{"name": "click_clicks", "exported": 1, "total": 2, "truncated": True}]
    assert body["warnings"] == ["cut"]
    async with staffed.http.get(body["download_url"]) as download:
        content = await download.read()
    assert hashlib.sha256(content).hexdigest() == body["checksum"]
    assert len(content) == body["file_size"]
    assert body["filename"] in download.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("slug.txt") == b"click"


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?download=1", "*/*"),
        ("", "application/zip"),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ],
)
async def test_who_wants_the_file_is_sent_to_it(staffed: Gateway, query: str, accept: str) -> None:
    url = f"/api/package-standalone/click{query}"
    async with staffed.http.get(url, headers={"Accept": accept}, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"].startswith(f"{staffed.base_url}/downloads/")
    async with staffed.http.get(url, headers={"Accept": accept}) as followed:
        assert followed.content_type == "application/zip"


@pytest.mark.parametrize("slug", ["unknown", "old", "Not-A-Slug", "..%2F..", "click%00"])
@pytest.mark.parametrize("kind", ExportKind)
async def test_what_is_unknown_or_inactive_is_not_found_and_makes_no_job(
    gateway: Gateway, slug: str, kind: ExportKind
) -> None:
    async with gateway.http.get(f"/api/package-{kind}/{slug}") as response:
        body = await response.json()

    assert response.status == 404
    assert response.content_type == "application/problem+json"
    assert body["type"] == "urn:entrepot:problem:experiment-not-found"
    assert await gateway.parts.jobs.find(JobFilter(), limit=1) == []


async def test_without_patience_the_job_is_answered(gateway: Gateway) -> None:
    headers = {"Prefer": "respond-async"}
    async with gateway.http.get("/api/package-docker/click", headers=headers) as response:
        body = await response.json()

    assert response.status == 202
    assert response.headers["Preference-Applied"] == "respond-async"
    assert int(response.headers["Retry-After"]) > 0
    assert body["status"] == "queued"
    async with gateway.http.get(response.headers["Location"]) as shown:
        job = await shown.json()
    assert job.keys() == body["job"].keys()
    assert (job["id"], job["kind"], job["subject"]) == (body["job_id"], "export.request", "click")


async def test_a_job_that_takes_too_long_is_answered_and_goes_on(gateway: Gateway) -> None:
    gate = asyncio.Event()
    async with exporter(gateway.parts, gate=gate):
        headers = {"Prefer": "wait=1"}
        async with gateway.http.get("/api/package-standalone/click", headers=headers) as response:
            assert response.status == 202
            assert response.headers["Preference-Applied"] == "wait=1"
            job_id = (await response.json())["job_id"]
        waiting = asyncio.create_task(_get(gateway, "/api/package-standalone/click"))
        gate.set()
        assert (await waiting)[0] == 200
    assert (await gateway.parts.jobs.get(job_id)).state is JobState.SUCCEEDED


async def _get(gateway: Gateway, path: str) -> tuple[int, str]:
    async with gateway.http.get(path) as response:
        return response.status, await response.text()


async def test_the_same_key_gives_the_same_export(staffed: Gateway) -> None:
    headers = {"Idempotency-Key": "7c1f"}
    answers = []
    for _ in range(2):
        async with staffed.http.get("/api/package-standalone/click", headers=headers) as response:
            answers.append(await response.json())
    async with staffed.http.get("/api/package-docker/click", headers=headers) as other:
        problem = await other.json()

    assert answers[0]["job_id"] == answers[1]["job_id"]
    assert other.status == 422
    assert problem["type"] == "urn:entrepot:problem:idempotency-mismatch"


async def test_an_unusable_key_is_refused(gateway: Gateway) -> None:
    headers = {"Idempotency-Key": "k" * 256}
    async with gateway.http.get("/api/package-standalone/click", headers=headers) as response:
        body = await response.json()

    assert response.status == 400
    assert body["errors"][0]["path"] == "Idempotency-Key"


async def test_exports_are_listed_newest_first_in_pages(staffed: Gateway) -> None:
    made = []
    for _ in range(3):
        async with staffed.http.get("/api/package-standalone/click") as response:
            made.append((await response.json())["export_id"])

    async with staffed.http.get("/api/exports?slug=click&limit=2") as response:
        first = await response.json()
    async with staffed.http.get(f"/api/exports/?slug=click&limit=2&before={first['next']}") as response:
        second = await response.json()
    async with staffed.http.get("/api/exports?slug=other") as response:
        none = await response.json()

    listed = [entry["export_id"] for entry in first["exports"] + second["exports"]]
    assert listed == made[::-1]
    assert "next" not in second
    assert none == {"exports": []}


async def test_an_export_is_shown_and_leads_to_its_file(staffed: Gateway) -> None:
    async with staffed.http.get("/api/package-standalone/click") as response:
        export_id = (await response.json())["export_id"]
    async with staffed.http.get(f"/api/exports/{export_id}") as response:
        shown = await response.json()
    async with staffed.http.get(shown["download_url"]) as download:
        content = await download.read()

    assert shown["slug"] == "click"
    assert hashlib.sha256(content).hexdigest() == shown["checksum"]


async def test_a_zip_that_storage_has_lost_is_not_linked_to(staffed: Gateway) -> None:
    async with staffed.http.get("/api/package-standalone/click") as response:
        body = await response.json()
    await staffed.parts.blobs.delete(f"exports/{body['filename']}")

    async with staffed.http.get(f"/api/exports/{body['export_id']}/download") as response:
        assert response.status == 404
    async with staffed.http.get(body["download_url"]) as response:
        assert response.status == 404


async def test_an_estimate_is_a_job_too(staffed: Gateway) -> None:
    async with staffed.http.get("/api/experiments/click/estimate?kind=docker") as response:
        body = await response.json()

    assert response.status == 200
    assert (body["kind"], body["unpacked_size"], body["documents"], body["fits"]) == ("docker", 1000, 7, True)


async def test_a_kind_that_does_not_exist_is_named(gateway: Gateway) -> None:
    async with gateway.http.get("/api/experiments/click/estimate?kind=tarball") as response:
        body = await response.json()

    assert response.status == 400
    assert body["errors"][0]["path"] == "kind"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("00-" + "a" * 32 + "-" + "b" * 16 + "-01", True), ("00-short", False), ("x" * 55, False)],
)
async def test_the_callers_trace_goes_with_the_job(gateway: Gateway, sent: str, *, kept: bool) -> None:
    headers = {"traceparent": sent, "Prefer": "wait=0"}
    async with gateway.http.get("/api/package-docker/click", headers=headers) as response:
        job = await gateway.parts.jobs.get((await response.json())["job_id"])

    assert job.traceparent == (sent if kept else None)
