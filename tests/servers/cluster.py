"""Each service as processes of its own, several of each, on one broker, database and storage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.binaries import free_port
from tests.servers.entrepot import Process, clean_environment, service, started
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server

TOKEN = "entrepot_cluster-0123456789abcdef"
SERVICES = ("importer", "exporter", "benchmarks", "gateway")

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""By name and labels."""


def figures_of(exposed: str) -> Figures:
    """What `/metrics` answered."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
    }


@dataclass(frozen=True)
class Shared:
    """What all replicas run on."""

    amqp_url: str
    mongo_uri: str
    db_name: str
    s3: S3Server

    @property
    def settings(self) -> dict[str, str]:
        stored = {name.upper(): str(value) for name, value in asdict(self.s3).items()}
        return stored | {"AMQP_URL": self.amqp_url, "MONGO_URI": self.mongo_uri, "DB_NAME": self.db_name}


def shared(node: RabbitmqNode, mongo_uri: str, s3: S3Server) -> Shared:
    """A virtual host and a database of their own."""
    name = f"cluster_{uuid4().hex}"
    node.management.call("PUT", f"/vhosts/{name}", {})
    return Shared(f"{node.amqp_url}/{name}", mongo_uri, name, s3)


@dataclass(frozen=True)
class Cluster:
    """Processes are named by service and number: `exporter-0`."""

    processes: dict[str, Process]
    gateways: list[str]
    scrapes: dict[str, str]
    """`host:port` of each process's `/metrics`."""
    environment: dict[str, str]
    """For commands beside them."""

    def client(self, number: int = 0, **headers: str) -> httpx.Client:
        authorized = {"Authorization": f"Bearer {TOKEN}", "Prefer": "wait=45", **headers}
        return httpx.Client(base_url=self.gateways[number], timeout=60, headers=authorized)

    def figures(self, process: str) -> Figures:
        """Raises: httpx.TransportError where nothing answers the scrape."""
        return figures_of(httpx.get(f"http://{self.scrapes[process]}/metrics", timeout=10).text)


@contextmanager
def cluster(
    folder: Path,
    parts: Shared,
    *,
    replicas: int,
    **settings: object,
) -> Iterator[Cluster]:
    """All of them, ready; killed at the end."""
    common = {**parts.settings, "ENTREPOT_ADMIN_TOKEN": TOKEN, **settings}
    made = Cluster({}, [], {}, clean_environment(**common, ENTREPOT_HOME=folder / "manage"))
    with ExitStack() as stack:
        for number in range(replicas):  # one of each first: it makes the queues and indexes that all need
            wave = [_replica(made, folder, name, number, common) for name in SERVICES]
            stack.enter_context(started(wave))
        yield made


def _replica(
    made: Cluster, folder: Path, service_name: str, number: int, common: Mapping[str, object]
) -> Process:
    """One more process, not started yet."""
    name, port, health = f"{service_name}-{number}", free_port(), free_port()
    alone = {"ENTREPOT_HOME": folder / name, "PORT": port, "HEALTH_PORT": health}
    made.scrapes[name] = f"127.0.0.1:{health}"
    if service_name == "gateway":
        made.gateways.append(f"http://127.0.0.1:{port}")
    made.processes[name] = service(service_name, folder / f"{name}.log", **common, **alone)
    return made.processes[name]
