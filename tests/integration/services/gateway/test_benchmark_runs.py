"""Runs and dumps through the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.benchmarks.app import application
from tests.integration.services.benchmarks.desk import dump_of, load, tiny
from tests.integration.services.gateway.house import Gateway

QUICK = {"algorithms": ["GeneticAlgorithm"], "budget": 1, "seeds": [3]}

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def manned(gateway: Gateway) -> AsyncIterator[Gateway]:
    await load(gateway.parts.database, dump_of(tiny()))
    async with application(gateway.parts):
        yield gateway


async def post(
    gateway: Gateway, path: str, body: dict[str, Any], **headers: str
) -> tuple[int, dict[str, Any]]:
    async with gateway.http.post(path, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def get(gateway: Gateway, path: str) -> Any:
    async with gateway.http.get(path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_a_run_is_made_looked_at_and_listed(manned: Gateway) -> None:
    status, made = await post(manned, "/api/benchmark-runs", QUICK)
    while status == 202:
        job = await get(manned, f"/api/jobs/{made['job_id']}")
        status, made = (200, job["result"]) if job["state"] == "succeeded" else (202, made)
    assert made["completed"] == 1
    shown = await get(manned, f"/api/benchmark-runs/{made['run_id']}")
    assert (shown["state"], shown["seeds"]) == ("completed", [3])
    assert [(one["company"], one["status"]) for one in shown["results"]] == [("Acme", "completed")]
    listed = (await get(manned, "/api/benchmark-runs?limit=1"))["runs"]
    assert [run["id"] for run in listed] == [made["run_id"]]


async def test_the_same_key_asks_for_the_same_run(gateway: Gateway) -> None:
    key = {"Idempotency-Key": "once", "Prefer": "respond-async"}
    _, first = await post(gateway, "/api/benchmark-runs", QUICK, **key)
    _, second = await post(gateway, "/api/benchmark-runs", QUICK, **key)
    assert first["job_id"] == second["job_id"]


@pytest.mark.parametrize(
    "body", [{"seeds": []}, {"seeds": [-1]}, {"time_limit": 0}, {"what": 1}, {"budget": 0}]
)
async def test_a_run_that_makes_no_sense_is_422(gateway: Gateway, body: dict[str, Any]) -> None:
    assert (await post(gateway, "/api/benchmark-runs", body))[0] == 422


async def test_a_dump_is_made_and_downloaded(manned: Gateway) -> None:
    status, made = await post(manned, "/api/benchmark-dumps", {"company": "acme"})
    assert (status, made["companies"], made["rows"]) == (200, ["Acme"], 5)
    async with manned.http.get(made["download_url"]) as response:
        content = await response.read()
    assert response.status == 200
    assert len(content) == made["file_size"]


async def test_a_dump_of_no_company_is_404(manned: Gateway) -> None:
    status, problem = await post(manned, "/api/benchmark-dumps", {"company": "nobody"})
    assert (status, problem["type"]) == (404, "urn:entrepot:problem:company-not-found")


async def test_what_is_no_dump_cannot_be_downloaded(gateway: Gateway) -> None:
    async with gateway.http.get("/api/benchmark-dumps/unknown/download") as response:
        assert response.status == 404
    async with gateway.http.get("/api/benchmark-runs/unknown") as response:
        assert response.status == 404
