"""Prometheus' configuration, the alerts and the dashboard, as promtool and the code see them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]
from aiohttp import web
from prometheus_client import REGISTRY

from libs.common.telemetry import metrics  # noqa: F401  (which fills the registry)
from services.gateway.routes import hosted
from tests.servers.entrepot import ROOT
from tests.servers.prometheus import promtool

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = MONITORING / "grafana" / "dashboards" / "entrepot.json"
ALERTS: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
TESTS = (MONITORING / "alerts.test.yml").read_text()
ENDS = {"gauge": ("",), "counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
"""Of the names of a metric's series, by its type."""
OURS = re.compile(r"\bentrepot_[a-z_]+")
EXPERIMENTS = re.compile(r'route!?="(/experiments/[^"]+)"')

pytestmark = pytest.mark.xdist_group("promtool")  # two processes must not unpack it at the same time


def expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (alert["expr"] for alert in ALERTS)


def test_prometheus_takes_the_configuration_and_its_rules() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "config", MONITORING / "prometheus.yml")


def test_alerts_fire_when_they_should_and_only_then() -> None:
    assert "SUCCESS" in promtool("test", "rules", MONITORING / "alerts.test.yml")


@pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
def test_each_alert_is_tested_and_says_where_to_look(alert: dict[str, Any]) -> None:
    assert TESTS.count(f"alertname: {alert['alert']}") == len(["it fires", "all is well"])
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["next"]


def test_dashboard_and_alerts_name_metrics_that_there_are() -> None:
    known = {f"{family.name}{end}" for family in REGISTRY.collect() for end in ENDS.get(family.type, ())}
    named = {name for expression in expressions() for name in OURS.findall(expression)}
    assert named
    assert named <= known, named - known


def test_alerts_and_the_page_name_the_route_of_experiments_as_its_label_does() -> None:
    label = web.Application().router.add_resource(hosted.PATH).canonical
    page = (ROOT / "docs" / "observability.md").read_text()
    for texts in (list(expressions()), [TESTS], [page]):
        assert {route for text in texts for route in EXPERIMENTS.findall(text)} == {label}
