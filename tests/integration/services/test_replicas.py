"""Each service as a process of its own, two of each, on real RabbitMQ, MongoDB and S3."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from uuid import uuid4

import httpx
import pytest

from tests.e2e.road import KINDS, answered, edited, export, members, upload
from tests.servers.binaries import free_port
from tests.servers.entrepot import Process, service, started
from tests.servers.rabbitmq import RabbitmqNode, start_again
from tests.servers.s3 import S3Server
from tests.servers.witness import witness

TOKEN = "entrepot_replicas-0123456789abcdef"
SLUGS = ("click", "click_tracker", "event_board", "store-front")

pytestmark = [pytest.mark.xdist_group("replicas"), pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Cluster:
    """Two gateways, exporters and importers."""

    gateways: list[str]
    processes: dict[str, Process]

    def client(self, number: int = 0, **headers: str) -> httpx.Client:
        authorized = {"Authorization": f"Bearer {TOKEN}", "Prefer": "wait=45", **headers}
        return httpx.Client(base_url=self.gateways[number], timeout=60, headers=authorized)


@pytest.fixture(scope="module")
def cluster(
    rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Shared: a test that stops a process starts it again."""
    tmp_path, name = tmp_path_factory.mktemp("cluster"), f"replicas_{uuid4().hex}"
    rabbitmq_node.management.call("PUT", f"/vhosts/{name}", {})
    amqp_url = f"{rabbitmq_node.amqp_url}/{name}"
    ports = [free_port(), free_port()]
    shared = {name.upper(): value for name, value in asdict(s3_server).items()}
    shared |= {"AMQP_URL": amqp_url, "MONGO_URI": mongo_uri, "DB_NAME": name, "WORKERS": "1"}
    shared |= {"ENTREPOT_ADMIN_TOKEN": TOKEN, "JOB_LEASE_SECONDS": "3", "IDLE_POLL_SECONDS": "1"}
    processes: dict[str, Process] = {}
    for name, number in product(("importer", "exporter", "gateway"), (0, 1)):
        own = {"ENTREPOT_HOME": tmp_path / f"{name}-{number}", "PORT": ports[number]}
        log = tmp_path / f"{name}-{number}.log"
        processes[f"{name}-{number}"] = service(name, log, **shared, **own)
    with witness(rabbitmq_node.management, amqp_url), started(list(processes.values())):
        yield Cluster([f"http://127.0.0.1:{port}" for port in ports], processes)


def finished(http: httpx.Client, job_id: str) -> dict[str, object]:
    """The job at its end, as the gateway tells it."""
    for _ in range(600):
        job = answered(http.get(f"/api/jobs/{job_id}"))
        if job["state"] in {"succeeded", "failed", "cancelled"}:
            return job
    raise AssertionError(f"{job_id} has not ended: {job}")


def test_two_replicas_of_each_share_the_work(cluster: Cluster) -> None:
    with cluster.client(0) as one, cluster.client(1, Prefer="respond-async") as other:
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
    assert len({job["worker"] for job in ended}) == 2


async def test_nothing_accepted_is_lost_when_replicas_and_the_broker_die(
    cluster: Cluster, rabbitmq_node: RabbitmqNode
) -> None:
    with cluster.client(0, Prefer="respond-async") as http:
        accepted = [answered(http.get("/api/package-docker/click"), 202)["job_id"]]
        cluster.processes["exporter-0"].kill()
        accepted += [answered(http.get(f"/api/package-docker/{slug}"), 202)["job_id"] for slug in SLUGS]
        await asyncio.to_thread(rabbitmq_node.kill)
        while_down = answered(http.get("/api/package-standalone/click"), 202)["job_id"]
        await start_again(rabbitmq_node)

        ended = [await asyncio.to_thread(finished, http, job_id) for job_id in [*accepted, while_down]]
    cluster.processes["exporter-0"].start()  # on this thread, with which a child would end

    assert {job["state"] for job in ended} == {"succeeded"}


def test_a_stopped_service_drains_and_says_so(cluster: Cluster) -> None:
    for name in ("exporter-0", "importer-0", "gateway-0"):
        assert cluster.processes[name].stop() == 0
    with cluster.client(1) as http:
        assert export(http, "click", "docker")
    for name in ("exporter-0", "importer-0", "gateway-0"):
        cluster.processes[name].start()
