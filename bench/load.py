"""Very many callers at once, with mixed work: errors, memory, and whether the gateway still answers a probe."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from statistics import median, quantiles

from bench.house import Site
from bench.load_clients import Seen
from bench.report import Figure
from bench.sampling import MIB, Sampled, sample
from tests.servers.entrepot import ROOT, Up, up

WORK = "{clients} clients for {seconds:.0f} s, mixed work"
SERVICES = ("gateway", "exporter", "importer", "benchmarks")
MEMORY_GOAL = "< 300"


def measure(site: Site, *, clients: int, seconds: float) -> list[Figure]:
    with up(site.folder / "home") as platform:
        return asyncio.run(_measure(platform, clients, seconds))


async def _measure(platform: Up, clients: int, seconds: float) -> list[Figure]:
    found = {name: platform.service(name) for name in SERVICES}
    processes = {name: process for name, process in found.items() if process is not None}
    sampled = Sampled()
    watching = asyncio.create_task(sample(platform.base_url, processes, sampled))
    seen = await _callers(platform.base_url, clients, seconds)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return _figures(WORK.format(clients=clients, seconds=seconds), seconds, seen, sampled)


async def _callers(base_url: str, clients: int, seconds: float) -> Seen:
    """In a process of their own, so that they do not slow down who watches."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load_clients", base_url, str(clients), str(seconds)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"The callers ended with {process.returncode}.")
    return Seen(**json.loads(output))


def _figures(work: str, seconds: float, seen: Seen, sampled: Sampled) -> list[Figure]:
    for what, times in seen.errors.items():
        print(f"{times} times {what}", file=sys.stderr)
    return [
        Figure(work, "answers", len(seen.latencies) / seconds, "/s"),
        Figure(work, "answers p50", median(seen.latencies) * 1000, "ms"),
        Figure(work, "answers p99", quantiles(seen.latencies, n=100)[98] * 1000, "ms"),
        *(Figure(work, f"answers {status}", count, "") for status, count in sorted(seen.statuses.items())),
        Figure(work, "errors but 429", sum(seen.errors.values()), "", "0"),
        Figure(work, "/livez p99", sampled.p99() * 1000, "ms", "< 100"),
        Figure(work, f"/livez slowest of {len(sampled.latencies)}", max(sampled.latencies) * 1000, "ms"),
        *(
            Figure(work, f"peak memory of {name}", peak / MIB, "MiB", MEMORY_GOAL)
            for name, peak in sampled.peaks.items()
        ),
    ]
