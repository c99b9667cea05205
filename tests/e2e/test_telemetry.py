"""What an operator sees: one trace through all services, and figures that a Prometheus reads."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.road import export
from tests.servers.cluster import Figures, figures_of
from tests.servers.entrepot import Up, up
from tests.servers.otlp import Span, otlp_collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Span], str]]:
    """The spans of one export that a traced caller asked for, and what the services logged meanwhile."""
    with otlp_collector() as collector:
        home = tmp_path_factory.mktemp("traced") / "home"
        with (
            up(home, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, LOG_FORMAT="json") as running,
            httpx.Client(base_url=running.base_url, timeout=60) as http,
        ):
            http.headers.update({"Prefer": "wait=45", "traceparent": CALLER})
            export(http, "click", "standalone")
        # All services have stopped, and so have sent what they had.
        yield collector.trace(TRACE), running.log.read_text()


def path_to(spans: list[Span], last: Span) -> list[Span]:
    """From the first span of ours down to this one."""
    by_id = {span.span_id: span for span in spans}
    path = [last]
    while (parent := by_id.get(path[0].parent_id)) is not None:
        path.insert(0, parent)
    return path


def test_one_trace_goes_from_the_request_to_the_storage(traced: tuple[list[Span], str]) -> None:
    spans, _ = traced
    [stored] = [span for span in spans if span.name == "storage put"]
    path = path_to(spans, stored)
    assert [(span.service, span.name) for span in path] == [
        ("gateway", "GET /api/package-standalone/{slug}"),
        ("exporter", "job export.request"),
        ("exporter", "storage put"),
    ]
    assert path[0].parent_id == CALLER.split("-")[2]
    told = [span for span in spans if span.name == "handle export.completed" and span.service == "gateway"]
    assert [span.name for span in path_to(spans, told[0])][-3:] == [
        "job export.request",
        "publish export.completed",
        "handle export.completed",
    ]


def test_the_database_is_part_of_it_without_its_data(traced: tuple[list[Span], str]) -> None:
    spans, _ = traced
    finds = [
        span for span in spans if span.service == "exporter" and span.attributes.get("db.system") == "mongodb"
    ]
    assert finds
    assert all("$" not in span.attributes.get("db.statement", "") for span in finds)


def test_log_lines_name_the_trace(traced: tuple[list[Span], str]) -> None:
    _, logged = traced
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    of_ours = {(line["service"], line["event"]) for line in lines if line.get("trace") == TRACE}
    assert {("gateway", "request"), ("exporter", "attempt ended")} <= of_ours


@pytest.fixture
def http(alone: Up) -> Iterator[httpx.Client]:
    """Of one gateway: each counts what it answers itself."""
    with httpx.Client(base_url=alone.base_url, timeout=60, headers={"Prefer": "wait=45"}) as client:
        yield client


def figures(http: httpx.Client) -> Figures:
    answer = http.get("/metrics")
    assert answer.status_code == 200
    return figures_of(answer.text)


def test_metrics_count_requests_and_tell_the_backlog(http: httpx.Client) -> None:
    request = frozenset({("method", "GET"), ("route", "/api/package-docker/{slug}"), ("status", "200")})
    before = figures(http).get(("entrepot_http_request_seconds_count", request), 0.0)
    export(http, "click", "docker")
    after = figures(http)
    assert after["entrepot_http_request_seconds_count", request] == before + 1
    assert after["entrepot_jobs_waiting", frozenset({("kind", "export.request")})] == 0
    assert after["entrepot_dead_letters", frozenset()] == 0
    assert after["entrepot_disk_free_bytes", frozenset({("folder", "temporary")})] > 0
    assert abs(after["entrepot_clock_skew_seconds", frozenset()]) < 5
    assert {
        after["entrepot_part_up", frozenset({("part", part)})] for part in ("database", "bus", "storage")
    } == {1}


def test_counters_of_faults_begin_at_zero(http: httpx.Client) -> None:
    """One that appears with its first event does not increase in the eyes of a Prometheus."""
    figured = figures(http)
    for code in ("internal", "storage-unavailable"):
        failed = frozenset({("kind", "benchmark_dump.request"), ("code", code)})
        assert figured["entrepot_job_failures_total", failed] == 0
    assert figured["entrepot_job_retries_total", frozenset({("kind", "export.request")})] >= 0


def test_labels_stay_few_whatever_callers_send(http: httpx.Client) -> None:
    for n in range(20):
        http.request(f"MADE-UP-{n}", "/api/jobs")
        http.get(f"/nowhere/{n}")
    labels = [dict(labels) for name, labels in figures(http) if name == "entrepot_http_request_seconds_count"]
    assert {"other"} == {
        each["route"] for each in labels if "nowhere" in each["route"] or each["route"] == "other"
    }
    assert not [each for each in labels if each["method"].startswith("MADE")]
