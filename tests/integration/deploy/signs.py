"""What an operator sees of a fault who sees metrics and logs alone (docs/observability.md, "Which fault is it?")."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tests.servers.cluster import Cluster, Figures
from tests.servers.entrepot import Process

DISK_LOW = 5e9
"""As in deploy/monitoring/alerts.yml."""
HOSTED = "/experiments/{slug}/{rest}"


@dataclass(frozen=True)
class Seen:
    """One scrape of every process."""

    figures: Mapping[str, Figures]
    silent: frozenset[str]
    """Processes that did not answer."""

    def values(self, name: str, **labels: str) -> list[float]:
        """Of each series with at least these labels, over all processes."""
        wanted = labels.items()
        return [
            value
            for figures in self.figures.values()
            for (known, labelled), value in figures.items()
            if known == name and wanted <= dict(labelled).items()
        ]

    def total(self, name: str, **labels: str) -> float:
        return sum(self.values(name, **labels))

    def part_is_up(self, part: str) -> bool:
        return min(self.values("entrepot_part_up", part=part), default=1) == 1


def look(cluster: Cluster) -> Seen:
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(cluster.scrapes, pool.map(_scrape(cluster), cluster.scrapes), strict=True))
    return Seen(
        {name: figures for name, figures in answers.items() if figures is not None},
        frozenset(name for name, figures in answers.items() if figures is None),
    )


def _scrape(cluster: Cluster) -> Callable[[str], Figures | None]:
    def scrape(process: str) -> Figures | None:
        try:
            return cluster.figures(process)
        except httpx.TransportError:
            return None

    return scrape


def _rises(name: str, **labels: str) -> Callable[[Seen, Seen], bool]:
    return lambda before, now: now.total(name, **labels) > before.total(name, **labels)


def _slow(seen: Seen) -> float:
    """Requests to experiments that took longer than 2.5 s."""
    within = seen.total("entrepot_http_request_seconds_bucket", route=HOSTED, le="2.5")
    return seen.total("entrepot_http_request_seconds_count", route=HOSTED) - within


SIGNS: Mapping[str, Callable[[Seen, Seen], bool]] = {
    "bus down": lambda _, now: not now.part_is_up("bus"),
    "database down": lambda _, now: not now.part_is_up("database"),
    "storage down": lambda _, now: not now.part_is_up("storage"),
    "a service silent": lambda _, now: bool(now.silent),
    "messages left": lambda _, now: max(now.values("entrepot_outbox_left")) > 0,
    "exports wait": lambda _, now: max(now.values("entrepot_jobs_waiting", kind="export.request")) > 0,
    "exporters busy": lambda _, now: now.total("entrepot_jobs_running", kind="export.request") > 0,
    "dead letters": lambda _, now: max(now.values("entrepot_dead_letters")) > 0,
    "retries": _rises("entrepot_job_retries_total", kind="export.request"),
    "refused": _rises("entrepot_http_request_seconds_count", status="401"),
    "held back": _rises("entrepot_http_request_seconds_count", status="429"),
    "uploads fail": _rises("entrepot_job_failures_total", kind="import.request"),
    "experiments slow": lambda before, now: _slow(now) > _slow(before),
    "disk low": lambda _, now: min(now.values("entrepot_disk_free_bytes", folder="home")) < DISK_LOW,
    "clocks apart": lambda _, now: max(map(abs, now.values("entrepot_clock_skew_seconds"))) > 5,
}
"""Sign to the question whether it is seen now, after what was seen before."""


def signs(before: Seen, now: Seen) -> set[str]:
    return {name for name, is_seen in SIGNS.items() if is_seen(before, now)}


@dataclass(frozen=True)
class Fault:
    """`title` is its row in the documentation. `event` is a log line of `service`, with `fields`."""

    title: str
    signs: frozenset[str]
    service: str
    event: str
    fields: Mapping[str, object]

    def is_logged(self, process: Process) -> bool:
        return any(self._fits(line) for line in _lines(process))

    def _fits(self, line: Mapping[str, Any]) -> bool:
        return line.get("event") == self.event and self.fields.items() <= line.items()


def _lines(process: Process) -> Iterator[dict[str, Any]]:
    for line in process.log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _fault(title: str, *signs: str, log: str, service: str = "gateway", **fields: object) -> Fault:
    return Fault(title, frozenset(signs), service, log, fields)


BROKER = _fault("The broker is away", "bus down", "messages left", log="a part does not answer", part="bus")
DATABASE = _fault("The database is away", "database down", log="a part does not answer", part="database")
STORAGE = _fault(
    "The storage is away",
    "storage down",
    "retries",
    log="the attempt failed; it is tried again",
    service="exporter",
)
NO_EXPORTER = _fault("No exporter runs", "a service silent", "exports wait", log="request", status=202)
BUSY = _fault("Too few workers", "exports wait", "exporters busy", log="attempt ended", service="exporter")
GREEDY = _fault(
    "One caller asks for too much", "exports wait", "exporters busy", "held back", log="request", status=429
)
POISON = _fault(
    "A message that nobody can read",
    "dead letters",
    log="A message is now a dead letter",
    service="exporter",
)
TOKENS = _fault("Tokens are refused", "refused", log="request", status=401)
UPLOADS = _fault(
    "Uploads are broken", "uploads fail", log="the job failed", service="importer", code="invalid-upload"
)
SLOW = _fault("An experiment is slow", "experiments slow", log="request", route=HOSTED, slug="click")
DISK = _fault("A disk is full", "disk low", log="ready", service="exporter")
CLOCK = _fault("A clock is wrong", "clocks apart", log="ready", service="exporter")
OLD = _fault("A service is too old for the data", "a service silent", log="cannot start", service="exporter")

FAULTS = (
    BROKER,
    DATABASE,
    STORAGE,
    NO_EXPORTER,
    BUSY,
    GREEDY,
    POISON,
    TOKENS,
    UPLOADS,
    SLOW,
    DISK,
    CLOCK,
    OLD,
)
