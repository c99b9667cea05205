"""The docker kind, built and run for real: `docker compose up` in the unpacked folder is all that it takes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.docker.daemon import Docker
from tests.e2e.answers import Answer, answers_of, wait_until_served
from tests.e2e.road import export
from tests.servers.binaries import free_port
from tests.servers.entrepot import up
from tests.servers.standalone import unpack

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

SLUG = "click"
PAGE = f"/experiments/{SLUG}/"
START_SECONDS = 240.0


@dataclass(frozen=True)
class Exported:
    """The unpacked ZIP, and what the platform answered when it was made."""

    folder: Path
    answers: dict[str, Answer]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("docker")
    with (
        up(folder / "home", HOST_EXPERIMENTS=1) as platform,
        httpx.Client(base_url=platform.base_url, timeout=60, headers={"Prefer": "wait=45"}) as http,
    ):
        wait_until_served(http, SLUG)
        return Exported(unpack(export(http, SLUG, "docker"), folder / SLUG), answers_of(http, SLUG))


@dataclass(frozen=True)
class Stack:
    docker: Docker
    folder: Path
    port: int
    project: str

    def compose(self, *arguments: str) -> str:
        return self.docker.compose("-p", self.project, *arguments, cwd=self.folder, PORT=self.port)

    def start(self) -> None:
        """Raises: AssertionError with the logs."""
        self.compose("up", "--build", "--detach")
        deadline = time.monotonic() + START_SECONDS
        while (health := self.inspect("app")["State"]["Health"]["Status"]) != "healthy":
            assert time.monotonic() < deadline, f"{health}\n{self.compose('logs')}"
            time.sleep(0.5)

    def inspect(self, service: str) -> dict[str, dict[str, dict[str, str]]]:
        [described] = json.loads(self.docker("inspect", self.compose("ps", "--quiet", service)))
        found: dict[str, dict[str, dict[str, str]]] = described
        return found

    def inside(self, *command: str) -> str:
        return self.compose("exec", "-T", "app", *command)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)


@pytest.fixture(scope="module")
def stack(daemon: Docker, exported: Exported) -> Iterator[Stack]:
    stack = Stack(daemon, exported.folder, free_port(), f"entrepot{uuid.uuid4().hex[:8]}")
    try:
        stack.start()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "20")


def test_it_answers_as_the_platform_did(stack: Stack, exported: Exported) -> None:
    with stack.client() as http:
        assert http.get("/").headers["location"] == PAGE
        answers = answers_of(http, SLUG)
    for path, answer in exported.answers.items():
        assert answers[path] == answer, path


def test_it_takes_no_more_than_it_needs(stack: Stack) -> None:
    assert stack.inside("id", "-u") == "10001"
    sizes = stack.inside("df", "--block-size=1", "--output=size", "/dev/shm").split()
    assert int(sizes[-1]) >= 512 * 2**20
    bindings = stack.inspect("app")["NetworkSettings"]["Ports"]["8000/tcp"]
    assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}  # type: ignore[index]
    assert not stack.inspect("mongo")["HostConfig"]["PortBindings"]
    assert "larger" not in stack.compose("logs", "app").lower()


def test_no_processor_is_named(exported: Exported) -> None:
    for name in ("Dockerfile", "docker-compose.yml"):
        text = (exported.folder / name).read_text().lower()
        assert not [word for word in ("platform", "amd64", "x86", "arm64") if word in text]


def test_data_outlive_the_containers(stack: Stack) -> None:
    with stack.client() as http:
        http.post(f"{PAGE}press", data={"button": "moss"})
        before = http.get(f"{PAGE}api/data").json()
        stack.compose("down", "--timeout", "20")
        stack.start()
        assert http.get(f"{PAGE}api/data").json() == before


def test_it_ends_in_order(stack: Stack) -> None:
    began = time.monotonic()
    stack.compose("stop", "--timeout", "30", "app")
    assert time.monotonic() - began < 30
    assert "Application shutdown complete" in stack.compose("logs", "app")
