"""The whole platform as a user starts it, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.servers.balancer import balancer
from tests.servers.binaries import free_port
from tests.servers.cluster import TOKEN, cluster, shared
from tests.servers.entrepot import Served, Up, up
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server
from tests.servers.witness import check_log, witness

SECONDS = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--replicas",
        type=int,
        default=1,
        help="Serve the platform by so many processes of each service, on RabbitMQ, MongoDB and S3.",
    )


@dataclass(frozen=True)
class Balanced:
    """Several gateways behind one address."""

    base_url: str
    environment: Mapping[str, str]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`manage.py up` on the embedded default with the examples loaded; shared, so tests restore what they change.

    At the end every event of its log is held against its description.
    """
    with up(tmp_path_factory.mktemp("e2e") / "home") as running:
        yield running
        check_log(running.base_url)


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Served:
    """As people have it at first; with `--replicas 3` as a company has it."""
    chosen = "replicated" if request.config.getoption("--replicas") > 1 else "alone"
    served: Served = request.getfixturevalue(chosen)
    return served


@pytest.fixture(scope="session")
def replicated(
    request: pytest.FixtureRequest, rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server
) -> Iterator[Balanced]:
    """So many of each service that `--replicas` says, and every event held against its description."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp("replicated")
    parts, port = shared(rabbitmq_node, mongo_uri, s3_server), free_port()
    settings = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "LINKS_TO_GATEWAY": 1}
    with (
        witness(rabbitmq_node.management, parts.amqp_url),
        cluster(folder, parts, replicas=request.config.getoption("--replicas"), **settings) as running,
        balancer(folder, port, running.gateways, token=TOKEN) as base_url,
    ):
        yield Balanced(base_url, running.environment)


@pytest.fixture
def http(platform: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.base_url, timeout=SECONDS, headers={"Prefer": "wait=45"}) as client:
        yield client


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform whose experiments are used, and so changed; its exports hold all of their data."""
    home = tmp_path_factory.mktemp("stage") / "home"
    with up(home, EXPORT_DOCUMENT_LIMIT=1_000_000, HOST_EXPERIMENTS=1) as running:
        yield running


@pytest.fixture
def visitor(stage: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stage.base_url, timeout=SECONDS, headers={"Prefer": "wait=45"}) as client:
        yield client
