"""Memory, CPU time and answers of running processes, sampled while something else works."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles

import aiohttp
import psutil

SAMPLE_SECONDS = 0.05
MIB = 2**20


@dataclass
class Sampled:
    """Peak memory in bytes of the largest process of each service, and latencies of `/livez` in seconds."""

    peaks: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    def p99(self) -> float:
        return quantiles(self.latencies, n=100)[98] if len(self.latencies) > 1 else 0.0


async def sample(base_url: str, processes: dict[str, psutil.Process], sampled: Sampled) -> None:
    """Sample until cancelled."""
    async with aiohttp.ClientSession(base_url) as http:
        while True:
            began = time.perf_counter()
            async with http.get("/livez") as response:
                await response.read()
            sampled.latencies.append(time.perf_counter() - began)
            for name, process in processes.items():
                sampled.peaks[name] = max(sampled.peaks.get(name, 0), _memory(process))
            await asyncio.sleep(SAMPLE_SECONDS)


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process and of its children, ended ones included."""
    times = process.cpu_times()
    running = sum(sum(child.cpu_times()[:2]) for child in process.children(recursive=True))
    return float(sum(times[:4]) + running)


def _memory(process: psutil.Process) -> int:
    """Resident bytes of the largest of the process and its children."""
    largest = 0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            largest = max(largest, each.memory_info().rss)
    return largest
