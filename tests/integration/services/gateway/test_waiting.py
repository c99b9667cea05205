"""Requests that wait: for the event, through its loss, and through the end of the gateway."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp

from libs.common.bus.embedded import open_embedded_bus
from libs.common.jobs.model import JobState
from libs.common.jobs.store import JobFilter
from libs.common.parts import Parts
from services.gateway.app import application
from services.gateway.auth.loopback import OPERATOR
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port

from .house import Gateway, exporter, serve, until

PATH = "/api/package-standalone/click"


async def fetch(
    gateway: Gateway, method: str = "GET", path: str = PATH, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    async with gateway.http.request(method, path, headers=headers) as response:
        return response.status, await response.json()


async def queued(parts: Parts, count: int = 1) -> list[str]:
    """Ids of the jobs of so many waiting requests, once they are accepted."""

    async def all_here() -> bool:
        return len(await parts.jobs.find(JobFilter(), limit=count)) == count

    await until(all_here)
    return [job.id for job in await parts.jobs.find(JobFilter(), limit=count)]


async def test_many_requests_wait_at_once_for_jobs_of_their_own(gateway: Gateway) -> None:
    waiting = [asyncio.create_task(fetch(gateway)) for _ in range(20)]
    await queued(gateway.parts, 20)

    async with exporter(gateway.parts):
        answers = await asyncio.gather(*waiting)

    assert {status for status, _ in answers} == {200}
    assert len({body["job_id"] for _, body in answers}) == 20


async def test_a_worker_elsewhere_ends_the_wait(gateway: Gateway) -> None:
    """Another process has a bus of its own; here, another connection to it."""
    parts = gateway.parts
    bus = await open_embedded_bus(parts.database, service="exporter")
    elsewhere = Parts(parts.settings, parts.limits, parts.database, bus, parts.blobs, parts.jobs)
    try:
        async with exporter(elsewhere):
            assert (await fetch(gateway))[0] == 200
    finally:
        await bus.close()


async def test_who_waits_for_a_job_that_is_cancelled_is_told(gateway: Gateway) -> None:
    waiting = asyncio.create_task(fetch(gateway))
    [job_id] = await queued(gateway.parts)

    await fetch(gateway, "DELETE", f"/api/jobs/{job_id}")
    status, problem = await waiting

    assert status == 409
    assert (problem["type"], problem["job_id"]) == ("urn:entrepot:problem:job-cancelled", job_id)


async def test_a_gateway_that_stops_answers_who_waits(parts: Parts) -> None:
    async with aiohttp.ClientSession(base_url=parts.settings.base_url) as http:
        async with serve(parts) as gateway:
            await gateway.register("click")
            waiting = asyncio.create_task(fetch(Gateway(parts, http)))
            [job_id] = await queued(parts)
            assert not waiting.done()
        status, body = await waiting

    assert (status, body["job_id"]) == (202, job_id)
    assert (await parts.jobs.get(job_id)).state is JobState.QUEUED


async def test_a_job_survives_the_gateway_that_took_it(parts: Parts) -> None:
    async with serve(parts) as gateway:
        await gateway.register("click")
        async with gateway.http.get(PATH, headers={"Prefer": "respond-async"}) as response:
            location = response.headers["Location"]
    async with exporter(parts), serve(parts) as gateway:

        async def succeeded() -> bool:
            return bool((await fetch(gateway, path=location))[1]["state"] == "succeeded")

        await until(succeeded)


async def test_it_can_be_started_again_on_the_same_address(parts: Parts) -> None:
    for _ in range(2):
        async with application(parts):
            pass


async def test_the_wait_ends_on_another_gateway_too(parts: Parts, make_settings: MakeSettings) -> None:
    """Behind a load balancer a repeated request may reach another gateway than the first."""
    second = replace(parts, settings=make_settings(port=free_port()))
    headers = {"Idempotency-Key": "same"}
    async with serve(parts) as one, serve(second) as other:
        await one.register("click")
        first = asyncio.create_task(fetch(one, headers=headers))
        [job_id] = await queued(parts)
        repeated = asyncio.create_task(fetch(other, headers=headers))

        async with exporter(parts):
            answers = await asyncio.gather(first, repeated)

    assert [(status, body["job_id"]) for status, body in answers] == [(200, job_id)] * 2


async def test_a_job_whose_event_is_lost_is_found_when_the_time_is_over(gateway: Gateway) -> None:
    waiting = asyncio.create_task(fetch(gateway, headers={"Prefer": "wait=2"}))
    [job_id] = await queued(gateway.parts)

    await gateway.parts.jobs.cancel(job_id, OPERATOR)  # written, and never published

    status, problem = await waiting
    assert (status, problem["type"]) == (409, "urn:entrepot:problem:job-cancelled")
