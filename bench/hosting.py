"""Experiments on a local Ray: seconds from an import to the new version serving, and what many at once cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from typing import Final

import httpx
import psutil

from bench.house import Site
from bench.report import Figure
from bench.sampling import MIB
from tests.e2e.road import answered, edited, export, upload
from tests.servers.entrepot import Up, up

SERVE_GOAL: Final = "≤ 10"
DEADLINE: Final = 300.0
SOURCE: Final = "sensor_log"


def measure(site: Site, *, repeats: int, hosted: int) -> list[Figure]:
    """`hosted`: how many are served at the same time in the end."""
    settings = {"HOST_EXPERIMENTS": 1, "EXPORT_DOCUMENT_LIMIT": 1_000_000}
    headers = {"Prefer": "wait=45"}
    with (
        up(site.folder / "home", **settings) as platform,
        httpx.Client(base_url=platform.base_url, timeout=60, headers=headers) as http,
    ):
        _until(lambda: _serves(http, SOURCE, 1))
        packed = export(http, SOURCE, "upload-ready")
        return [*_alone(http, packed, repeats), *_together(platform, http, packed, hosted)]


def _alone(http: httpx.Client, packed: bytes, repeats: int) -> list[Figure]:
    """One import after the other: of a new slug, then of a new version."""
    answers, starts, updates = list[float](), list[float](), list[float]()
    for number in range(repeats):
        slug = f"one{number}"
        for revision, seconds in ((1, starts), (2, updates)):
            content = edited(packed, line=f"REVISION = {revision}")
            began = time.perf_counter()
            answered(upload(http, content, slug_id=slug))
            answers.append(time.perf_counter() - began)
            _until(lambda slug=slug, revision=revision: _serves(http, slug, revision))  # type: ignore[misc]
            seconds.append(time.perf_counter() - began)
        answered(http.post(f"/api/experiments/{slug}/stop"))
    work = "import of an experiment, requirements met"
    return [
        Figure(work, "answer, median", median(answers), "s"),
        Figure(work, "a new one serves, median", median(starts), "s", SERVE_GOAL),
        Figure(work, "a new one serves, slowest", max(starts), "s", SERVE_GOAL),
        Figure(work, "a new version serves, median", median(updates), "s", SERVE_GOAL),
        Figure(work, "a new version serves, slowest", max(updates), "s", SERVE_GOAL),
    ]


def _together(platform: Up, http: httpx.Client, packed: bytes, hosted: int) -> list[Figure]:
    before, busy_before = _held(platform)
    slugs = [f"many{number:02}" for number in range(hosted)]
    began = time.perf_counter()
    for slug in slugs:
        answered(upload(http, packed, slug_id=slug))
    _until(lambda: all(_serves(http, slug, 1) for slug in slugs))
    seconds = time.perf_counter() - began
    after, busy = _held(platform)
    assert all(http.get(f"/experiments/{slug}/api/data").status_code == 200 for slug in slugs)
    work = f"{hosted} experiments imported and served at once"
    return [
        Figure(work, "until all serve", seconds, "s"),
        Figure(work, "memory of each", (after - before) / hosted / MIB, "MiB"),
        Figure(work, "processor of each, asked nothing", (busy - busy_before) / hosted * 100, "% of a core"),
    ]


def _serves(http: httpx.Client, slug: str, revision: int) -> bool:
    if not http.get(f"/experiments/{slug}/").is_success:
        return False
    hosting = answered(http.get(f"/api/experiments/{slug}"))["hosting"]
    return bool(hosting["serving_revision"] == revision)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("an experiment does not serve")
        time.sleep(0.05)


def _held(platform: Up) -> tuple[int, float]:
    """Bytes that all processes hold, and how much of a core they use over five seconds."""
    root = psutil.Process(platform.process.pid)
    processes = [root, *root.children(recursive=True)]
    spent = _cpu_seconds(processes)
    time.sleep(5)
    return sum(map(_pss, processes)), (_cpu_seconds(processes) - spent) / 5


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().pss)
    return 0


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    seconds = 0.0
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            seconds += sum(each.cpu_times()[:2])
    return seconds
