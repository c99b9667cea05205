"""Each service as a process of its own, three of each, on real RabbitMQ, MongoDB and S3."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.road import KINDS, answered, edited, export, members, upload
from tests.integration.services.benchmarks.desk import dump_of, tiny, zip_of
from tests.servers.cluster import Cluster, cluster, shared
from tests.servers.rabbitmq import RabbitmqNode, start_again
from tests.servers.s3 import S3Server
from tests.servers.witness import witness

SLUGS = ("click", "click_tracker", "event_board", "store-front")
REPLICAS = 3
JOB_SECONDS = 150.0
ENDED = {"succeeded", "failed", "cancelled"}

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("replicas"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def replicas(
    rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Shared: a test that stops a process starts it again."""
    parts = shared(rabbitmq_node, mongo_uri, s3_server)
    settings = {"WORKERS": 1, "JOB_LEASE_SECONDS": 3, "IDLE_POLL_SECONDS": 1}
    with (
        witness(rabbitmq_node.management, parts.amqp_url),
        cluster(tmp_path_factory.mktemp("cluster"), parts, replicas=REPLICAS, **settings) as running,
    ):
        yield running


def finished(http: httpx.Client, job_id: str) -> dict[str, Any]:
    """The job at its end, as the gateway tells it."""
    deadline = time.monotonic() + JOB_SECONDS
    while (job := answered(http.get(f"/api/jobs/{job_id}")))["state"] not in ENDED:
        assert time.monotonic() < deadline, f"{job_id} has not ended: {job}"
    return job


def test_replicas_of_each_share_the_work(replicas: Cluster) -> None:
    with replicas.client(0) as one, replicas.client(1, Prefer="respond-async") as other:
        accepted = [
            answered(other.get(f"/api/package-{kind}/{slug}"), 202)["job_id"]
            for slug in SLUGS
            for kind in KINDS
        ]
        ended = [finished(one, job_id) for job_id in accepted]
        for slug in SLUGS:  # an import that one importer handled is exported by any exporter, from storage
            changed = edited(export(one, slug, "upload-ready"), line="# by a replica")
            answered(upload(one, changed, slug_id=slug))
            assert b"# by a replica" in members(export(one, slug, "upload-ready"))["actor.py"]

    assert {job["state"] for job in ended} == {"succeeded"}
    assert len({job["worker"] for job in ended}) == REPLICAS


def test_replicas_share_a_run_of_benchmarks(replicas: Cluster, tmp_path: Path) -> None:
    """What one gateway accepts, any replica computes, and every other gateway tells."""
    seeds = [1, 2, 3, 4, 5, 6]
    wanted = {"algorithms": ["GeneticAlgorithm"], "budget": 1, "seeds": seeds}
    with replicas.client(0) as one, replicas.client(1) as other, replicas.client(2) as third:
        dump = {"file": ("benchmark_dump.zip", zip_of(tmp_path, dump_of(tiny())), "application/zip")}
        answered(one.post("/api/upload-benchmark-results/", files=dump))
        accepted = other.post("/api/benchmark-runs", json=wanted, headers={"Prefer": "respond-async"})
        job = finished(one, answered(accepted, 202)["job_id"])
        run = answered(third.get(f"/api/benchmark-runs/{job['result']['run_id']}"))

    assert (run["state"], job["result"]["completed"]) == ("completed", len(seeds))


async def test_nothing_accepted_is_lost_when_replicas_and_the_broker_die(
    replicas: Cluster, rabbitmq_node: RabbitmqNode
) -> None:
    with replicas.client(0, Prefer="respond-async") as http:
        accepted = [answered(http.get("/api/package-docker/click"), 202)["job_id"]]
        replicas.processes["exporter-0"].kill()
        accepted += [answered(http.get(f"/api/package-docker/{slug}"), 202)["job_id"] for slug in SLUGS]
        await asyncio.to_thread(rabbitmq_node.kill)
        while_down = answered(http.get("/api/package-standalone/click"), 202)["job_id"]
        await start_again(rabbitmq_node)

        ended = [await asyncio.to_thread(finished, http, job_id) for job_id in [*accepted, while_down]]
    replicas.processes["exporter-0"].start()  # on this thread, with which a child would end

    assert {job["state"] for job in ended} == {"succeeded"}


def test_a_stopped_service_drains_and_says_so(replicas: Cluster) -> None:
    for name in ("exporter-0", "importer-0", "gateway-0"):
        assert replicas.processes[name].stop() == 0
    with replicas.client(1) as http:
        assert export(http, "click", "docker")
    for name in ("exporter-0", "importer-0", "gateway-0"):
        replicas.processes[name].start()
