"""Experiments and jobs: pages, and what changes something."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from entrepot_client import Refused

from .platform import client_of
from .samples import AT, JOB, SHA256, accepted, experiment, job, problem

ONE = "/api/experiments/click"
CHANGED = {"status": "success", "job_id": JOB, "slug": "click", "revision": 2, "message": "It is done."}


def done(content: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=content)


async def test_all_pages_are_read() -> None:
    pages: list[httpx.Response | Exception] = [
        done({"experiments": [experiment("a"), experiment("b")], "next": "b"}),
        done({"experiments": [experiment("c")]}),
    ]
    async with client_of({"GET /api/experiments": pages}) as (client, platform):
        found = [each.slug async for each in client.experiments.all()]

    assert found == ["a", "b", "c"]
    assert [each.url.params.get("after") for each in platform.asked] == [None, "b"]


async def test_members_that_this_version_does_not_know_are_kept() -> None:
    async with client_of({f"GET {ONE}": [done(experiment("click", owner="ana"))]}) as (client, _):
        found = await client.experiments.get("click")

    assert found.model_dump(mode="json", exclude_unset=True)["owner"] == "ana"


async def test_versions_come_page_by_page() -> None:
    def version(revision: int) -> dict[str, Any]:
        known = {
            "version": SHA256[:12],
            "digest": SHA256,
            "author": "ana",
            "origin": "import",
            "created_at": AT,
        }
        return {"revision": revision, "current": revision == 3, "kept": True, **known}

    pages: list[httpx.Response | Exception] = [
        done({"slug": "click", "versions": [version(3), version(2)], "next": 2}),
        done({"slug": "click", "versions": [version(1)]}),
    ]
    async with client_of({f"GET {ONE}/versions": pages}) as (client, platform):
        found = [each.revision async for each in client.experiments.versions("click")]

    assert found == [3, 2, 1]
    assert [each.url.params.get("before") for each in platform.asked] == [None, "2"]


async def test_what_changes_something_says_what() -> None:
    requests = [f"POST {ONE}/{action}" for action in ("start", "stop", "rollback", "clone")]
    answers: dict[str, list[httpx.Response | Exception]] = {
        request: [done(CHANGED)] for request in (*requests, f"DELETE {ONE}")
    }
    async with client_of(answers) as (client, platform):
        experiments = client.experiments
        await experiments.start("click")
        await experiments.stop("click")
        await experiments.rollback("click", 2, note="bad")
        await experiments.rollback("click")
        await experiments.clone("click", "copy")
        await experiments.delete("click")
        await experiments.delete("click", data=True)

    bodies = [json.loads(each.content) if each.content else None for each in platform.asked]
    assert bodies == [None, None, {"revision": 2, "note": "bad"}, {}, {"to": "copy"}, None, None]
    assert [str(each.url.query, "ascii") for each in platform.asked[-2:]] == ["", "delete_data=true"]


async def test_a_deletion_that_takes_time_is_asked_for_once() -> None:
    """Asked for again, it would be answered that there is no such experiment."""
    answers: dict[str, list[httpx.Response | Exception]] = {
        f"DELETE {ONE}": [accepted(), problem(404, "experiment-not-found")],
        f"GET /api/jobs/{JOB}": [done(job("succeeded", result={"slug": "click", "message": "Gone."}))],
    }
    async with client_of(answers) as (client, _):
        assert (await client.experiments.delete("click")).message == "Gone."


async def test_jobs_are_listed_cancelled_and_tried_again() -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        "GET /api/jobs": [done({"jobs": [job()]})],
        f"DELETE /api/jobs/{JOB}": [httpx.Response(202, json=job(cancel_requested_by="ana@example.org"))],
        f"POST /api/jobs/{JOB}/retry": [accepted()],
    }
    async with client_of(answers) as (client, platform):
        page = await client.jobs.page(slug="click", limit=5)
        assert [each.id for each in page.jobs] == [JOB]
        assert dict(platform.asked[0].url.params) == {"slug": "click", "limit": "5"}
        assert (await client.jobs.cancel(JOB)).cancel_requested_by == "ana@example.org"
        assert await client.jobs.retry(JOB) == JOB


async def test_a_job_that_is_nobodys_is_refused() -> None:
    async with client_of({f"GET /api/jobs/{JOB}": [problem(404, "job-not-found")]}) as (client, _):
        with pytest.raises(Refused, match="job-not-found"):
            await client.jobs.get(JOB)
