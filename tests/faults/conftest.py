"""One platform for all faults of servers: each server behind something that a test can break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.faults.cluster import Cluster, Servers, cluster
from tests.faults.replica_set import ReplicaSet, replica_set
from tests.servers.faulty_s3 import FaultyS3, faulty_s3
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server
from tests.servers.wire import Wire, wire

DRAIN_SECONDS = 4
REPLICAS = {"gateway": 1, "exporter": 2, "importer": 1, "benchmarks": 1}


@dataclass(frozen=True)
class Broken:
    """A platform whose every part can fail; whoever breaks something mends it."""

    cluster: Cluster
    broker: RabbitmqNode
    broker_wire: Wire
    database: ReplicaSet
    storage: FaultyS3


@pytest.fixture(scope="session")
def platform(
    rabbitmq_node: RabbitmqNode, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broken]:
    name = f"faults_{uuid4().hex}"
    rabbitmq_node.management.call("PUT", f"/vhosts/{name}", {})
    address = urlsplit(rabbitmq_node.amqp_url)
    assert address.port is not None
    folder = tmp_path_factory.mktemp("faults")
    with (
        replica_set(folder / "mongod") as members,
        wire(address.port) as broker_wire,
        faulty_s3(s3_server) as (storage, s3),
    ):
        truth = Servers(f"{rabbitmq_node.amqp_url}/{name}", members.uri, name, s3_server)
        wired = truth.amqp_url.replace(f":{address.port}/", f":{broker_wire.port}/")
        services = replace(truth, amqp_url=wired, s3=s3)
        with cluster(
            folder, services, replicas=REPLICAS, truth=truth, settings={"DRAIN_SECONDS": DRAIN_SECONDS}
        ) as running:
            yield Broken(running, rabbitmq_node, broker_wire, members, storage)
