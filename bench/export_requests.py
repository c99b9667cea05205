"""Exports asked for over HTTP, on real RabbitMQ: many at once, and small ones one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import aiohttp
import psutil

from bench.articles import COLLECTIONS
from bench.house import House
from bench.memory import Peak
from bench.report import Figure
from bench.sampling import MIB, cpu_seconds


@dataclass(frozen=True)
class Together:
    """What several exports at once took of the exporter; `builds` of them made a new ZIP."""

    cpu: float
    wall: float
    peak: int
    builds: int


def many_at_once(house: House, exporter: psutil.Process, slugs: Sequence[str]) -> list[Figure]:
    """Of different experiments, and then as many of one that was changed."""
    work = f"{len(slugs)} large exports at once"
    different = asyncio.run(_together(house, exporter, slugs))
    change(house, slugs[0], "changed for equal requests")
    equal = asyncio.run(_together(house, exporter, [slugs[0]] * len(slugs)))
    return [
        Figure(work, "peak memory", different.peak / MIB, "MiB", "<= 400"),
        Figure(work, "CPU", different.cpu, "s"),
        Figure(work, "wall", different.wall, "s"),
        Figure(work, "cores used", different.cpu / different.wall, ""),
        Figure(work, "of equal ones, builds", equal.builds, "", "1"),
        Figure(work, "of equal ones, CPU", equal.cpu, "s"),
    ]


def small_ones(house: House, slug: str, direct: Sequence[float]) -> list[Figure]:
    """Each after a change; `direct` are seconds of the same without HTTP, job and bus."""
    work = "export of a small experiment, RabbitMQ"
    seconds = asyncio.run(_one_by_one(house, slug, len(direct)))
    added = median(seconds) - median(direct)
    return [
        Figure(work, "request to answer p50", median(seconds) * 1000, "ms", "<= 25"),
        Figure(work, "request to answer p99", quantiles(seconds, n=100)[98] * 1000, "ms", "<= 80"),
        Figure(work, "direct call p50", median(direct) * 1000, "ms"),
        Figure(work, "direct call p99", quantiles(direct, n=100)[98] * 1000, "ms"),
        Figure(work, "added by HTTP, job and bus p50", added * 1000, "ms", "<= 10"),
    ]


def change(house: House, slug: str, value: str) -> None:
    """Let the next export of the experiment differ from all before."""
    with house.database() as database:
        database[f"{slug}_{COLLECTIONS[0]}"].update_one({}, {"$set": {"title": value}})


async def _together(house: House, exporter: psutil.Process, slugs: Sequence[str]) -> Together:
    cpu, began = cpu_seconds(exporter), time.perf_counter()
    with Peak(exporter.pid) as peak:
        async with _http(house) as http:
            answers = await asyncio.gather(*(_export(http, slug) for slug in slugs))
    builds = sum(not answer["reused"] for answer in answers)
    return Together(cpu_seconds(exporter) - cpu, time.perf_counter() - began, peak.bytes, builds)


async def _one_by_one(house: House, slug: str, count: int) -> list[float]:
    seconds = []
    async with _http(house) as http:
        await _export(http, slug)
        for number in range(count):
            await asyncio.to_thread(change, house, slug, f"request {number}")
            began = time.perf_counter()
            answer = await _export(http, slug)
            seconds.append(time.perf_counter() - began)
            assert not answer["reused"]
    return seconds


def _http(house: House) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(f"http://127.0.0.1:{house.port}", headers=house.authorization)


async def _export(http: aiohttp.ClientSession, slug: str) -> dict[str, Any]:
    key = {"Idempotency-Key": uuid4().hex}
    while (
        True
    ):  # an answer comes within 30 s, finished or not; under its key the same job is waited for again
        async with http.get(f"/api/package-standalone/{slug}", headers=key) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 202:
                assert response.status == 200, answer
                return answer
