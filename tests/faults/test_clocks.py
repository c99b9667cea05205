"""Clocks that are hours apart and jump: leases and delays are counted by the database's, so nobody waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults import work
from tests.faults.cluster import Cluster, Servers, cluster
from tests.faults.outage import lossless
from tests.servers.clock import Clock
from tests.servers.rabbitmq import RabbitmqNode

AT_FIRST = {
    "gateway-0": "+3h",
    "exporter-0": "-2h",
    "exporter-1": "+0",
    "importer-0": "+0",
    "benchmarks-0": "+26h",
}
THEN = {
    "gateway-0": "-1h",
    "exporter-0": "+5h",
    "exporter-1": "+1h",
    "importer-0": "+1d",
    "benchmarks-0": "-6h",
}

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1_500)]


@pytest.fixture
def clocks(tmp_path: Path) -> dict[str, Clock]:
    made = {name: Clock(tmp_path / f"{name}.clock") for name in AT_FIRST}
    for name, clock in made.items():
        clock.jump(AT_FIRST[name])
    return made


@pytest.fixture
def platform(
    rabbitmq_node: RabbitmqNode, mongo_uri: str, tmp_path: Path, clocks: dict[str, Clock]
) -> Iterator[Cluster]:
    """On a shared folder: S3 itself refuses signatures of another hour."""
    name = f"clocks_{uuid4().hex}"
    rabbitmq_node.management.call("PUT", f"/vhosts/{name}", {})
    servers = Servers(f"{rabbitmq_node.amqp_url}/{name}", mongo_uri, name)
    replicas = {"gateway": 1, "exporter": 2, "importer": 1, "benchmarks": 1}
    each = {name: clock.environment() for name, clock in clocks.items()}
    own = {"SHARED_STORAGE_DIR": tmp_path / "storage"}
    with cluster(tmp_path, servers, replicas=replicas, each=each, settings=own) as running:
        yield running


async def test_clocks_apart_and_jumping(platform: Cluster, clocks: dict[str, Clock], tmp_path: Path) -> None:
    async with lossless(platform, tmp_path) as outage:
        for name, clock in clocks.items():
            clock.jump(THEN[name])
        await outage.burst()
        await outage.ledger.balanced(seconds=240)
        # What an exporter an hour ahead leased is free again when its lease ends, not an hour later.
        for kind in ("standalone", "docker"):
            await outage.clients.submit(work.export("store-front", kind))
        platform.processes["exporter-1"].kill()
        await outage.ledger.balanced(seconds=240)
        platform.processes["exporter-1"].start()
