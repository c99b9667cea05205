"""The dashboard's queries and the alerts, asked of a Prometheus that scrapes all four services after a demo."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.road import KINDS, answered, edited, export, pack, upload
from tests.integration.services.benchmarks.desk import dump_of, tiny, zip_of
from tests.servers.binaries import wait_until
from tests.servers.cluster import SERVICES, Cluster, cluster, shared
from tests.servers.entrepot import ROOT
from tests.servers.prometheus import Prometheus, prometheus
from tests.servers.rabbitmq import RabbitmqNode
from tests.servers.s3 import S3Server

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((MONITORING / "grafana" / "dashboards" / "entrepot.json").read_text())
SCRAPE_SECONDS = 30.0
"""Rates need two scrapes, which are a second apart here."""

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("replicas"), pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Query:
    panel: str
    expression: str

    def __str__(self) -> str:
        return f"{self.panel}: {self.expression}"


LAST_STEP = 'entrepot_http_request_seconds_count{route="/api/upload-benchmark-results/"}'
QUERIES = [
    Query(panel["title"], target["expr"])
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", [])
]


@pytest.fixture(scope="module")
def watched(
    rabbitmq_node: RabbitmqNode, mongo_uri: str, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus, which has seen a demo and a mistake."""
    folder = tmp_path_factory.mktemp("monitoring")
    parts = shared(rabbitmq_node, mongo_uri, s3_server)
    with cluster(folder, parts, replicas=1) as running:
        targets = {name.partition("-")[0]: target for name, target in running.scrapes.items()}
        with prometheus(folder, targets, MONITORING / "alerts.yml") as server:
            wait_until(lambda: len(server.query("up == 1")) == len(SERVICES), seconds=30, what="all scraped")
            dump = zip_of(folder, dump_of(tiny()))
            demonstrate(running, dump)
            wait_until(lambda: server.query(LAST_STEP), seconds=SCRAPE_SECONDS, what="it was seen")
            demonstrate(running, dump)  # a rate is that of what was seen before
            yield server


def demonstrate(running: Cluster, dump: bytes) -> None:
    with running.client() as http:
        for kind in KINDS:
            export(http, "click", kind)
        packed = export(http, "click", "upload-ready")
        answered(upload(http, edited(packed, line="# changed")))
        answered(upload(http, pack({"manifest.json": b"{"}), slug_id="click"), 422)
        answered(http.post("/api/upload-benchmark-results/", files={"file": ("benchmark_dump.zip", dump)}))


def has_figures(series: list[dict[str, Any]]) -> bool:
    return any(math.isfinite(float(each["value"][1])) for each in series)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_each_panel_shows_something(watched: Prometheus, query: Query) -> None:
    wait_until(
        lambda: has_figures(watched.query(query.expression)), seconds=SCRAPE_SECONDS, what=f"{query} has data"
    )


def test_no_alert_wakes_anybody_up(watched: Prometheus) -> None:
    assert watched.query('ALERTS{alertstate="firing", alertname!="EntrepotDiskLow"}') == []
