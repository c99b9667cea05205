"""`docker-compose.yml`, from nothing to a finished demo: built, started, used, scaled, broken, restarted and stopped.

The tests stand in the order in which an operator would do these things, on one stack.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.docker.stack import SERVICES, Stack, ask, finished
from tests.e2e.answers import wait_until_served
from tests.e2e.road import EXAMPLES, KINDS, answered, edited, export, members, upload

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

SLUG = "click"
OURS = (*SERVICES, "ray-head", "ray-worker")
PARTS = ("rabbitmq", "mongodb", "s3")
ONCE = ("rabbitmq-prepare", "mongodb-prepare")
REPLICAS = 3


@pytest.fixture(scope="module")
def stack(project: Stack) -> Iterator[Stack]:
    """From nothing: no container, no volume."""
    began = time.monotonic()
    project.compose("build")
    print(f"built in {time.monotonic() - began:.0f} s")
    project.start()
    print(f"ready after {time.monotonic() - began:.0f} s")
    yield project
    project.compose("down", "--volumes", "--timeout", "40")


@pytest.fixture
def http(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client() as client:
        yield client


def test_the_configuration_is_clean(stack: Stack) -> None:
    for profiles in ([], ["--profile", "manage", "--profile", "monitoring"]):
        assert stack.warnings(*profiles, "config", "--quiet") == ""


def test_only_the_gateway_is_published_and_only_here(stack: Stack) -> None:
    published = {
        (one["Config"]["Labels"]["com.docker.compose.service"], binding["HostIp"], binding["HostPort"])
        for one in stack.inspect()
        for bindings in one["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    }
    assert published == {
        ("gateway", "127.0.0.1", stack.setting(name)) for name in ("GATEWAY_PORT", "EXPERIMENTS_PORT")
    }


@pytest.mark.parametrize("service", [*OURS, *PARTS, *ONCE])
def test_containers_may_do_no_more_than_they_need(stack: Stack, service: str) -> None:
    for one in stack.inspect(service):
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert one["Config"]["User"].split(":")[0] not in ("", "0", "root")


def test_experiments_reach_neither_broker_nor_storage(stack: Stack) -> None:
    for name in ("rabbitmq", "s3"):
        lookup = f"import socket; socket.getaddrinfo({name!r}, None)"
        with pytest.raises(AssertionError, match="gaierror"):
            stack.compose("exec", "-T", "ray-worker", "python", "-c", lookup)


def test_without_a_token_nobody_is_let_in(stack: Stack) -> None:
    answer = httpx.get(f"{stack.setting('PUBLIC_URL')}/api/experiments")
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_replicas_share_the_work(stack: Stack, http: httpx.Client) -> None:
    stack.start("--no-build", "--scale", f"exporter={REPLICAS}")
    jobs = [job for _ in range(4) for kind in KINDS for job in ask(http, EXAMPLES, kind)]
    ended = finished(http, jobs)
    assert {job["state"] for job in ended} == {"succeeded"}
    assert len({job["worker"] for job in ended}) == REPLICAS


def test_a_killed_replica_loses_nothing(stack: Stack, http: httpx.Client) -> None:
    jobs = [job for _ in range(4) for kind in KINDS for job in ask(http, EXAMPLES, kind)]
    stack.docker("kill", stack.containers("exporter")[0])
    assert {job["state"] for job in finished(http, jobs)} == {"succeeded"}
    stack.start("--no-build", "--scale", f"exporter={REPLICAS}")


def test_the_road_of_the_demo(http: httpx.Client) -> None:
    before = {kind: export(http, SLUG, kind) for kind in KINDS}
    line = f"# {uuid.uuid4()}"
    answer = answered(upload(http, edited(before["upload-ready"], line=line), f"{SLUG}_upload.zip"))
    assert "actor.py" in answer["plan"]["changed"]
    after = {kind: members(export(http, SLUG, kind)) for kind in KINDS}
    assert line.encode() in after["upload-ready"]["actor.py"]
    for kind in ("standalone", "docker"):
        assert line.encode() in after[kind][f"experiments/{SLUG}/actor.py"]
        old = members(before[kind])
        assert after[kind]["db_collections.json"] == old["db_collections.json"]


def test_experiments_are_hosted_on_the_cluster_at_an_origin_of_their_own(
    stack: Stack, http: httpx.Client
) -> None:
    moved = http.get("/experiments/click/")
    assert moved.headers["Location"] == f"{stack.setting('EXPERIMENTS_ORIGIN')}/experiments/click/"
    with stack.client("EXPERIMENTS_ORIGIN") as visitor:
        for slug in EXAMPLES:
            wait_until_served(visitor, slug)
        assert "Click counter" in visitor.get("/experiments/click/").text
    hosts = [name for name in stack.processes("ray-worker") if name.startswith("ray::HostShell")]
    assert len(hosts) == len(EXAMPLES)
    for service in ("importer", "benchmarks", "ray-head"):
        assert not [name for name in stack.processes(service) if "HostShell" in name or "Actor" in name]


def test_a_rolling_restart_loses_nothing(stack: Stack, http: httpx.Client) -> None:
    jobs = []
    for service in ("exporter", "importer", "gateway"):
        for container in stack.containers(service):
            jobs += [job for kind in KINDS for job in ask(http, EXAMPLES, kind)]
            stack.docker("restart", "--time", "40", container)
            stack.start("--no-build", "--no-recreate", "--scale", f"exporter={REPLICAS}")
    assert {job["state"] for job in finished(http, jobs)} == {"succeeded"}


def test_data_outlive_the_containers(stack: Stack, http: httpx.Client) -> None:
    before = answered(http.get(f"/api/experiments/{SLUG}"))["digest"]
    stack.compose("down", "--timeout", "60")
    stack.start("--no-build")
    assert answered(http.get(f"/api/experiments/{SLUG}"))["digest"] == before


def test_services_end_in_order(stack: Stack) -> None:
    stack.compose("stop", *SERVICES)
    assert {service: stack.inspect(service)[0]["State"]["ExitCode"] for service in SERVICES} == dict.fromkeys(
        SERVICES, 0
    )
