"""A collection of 600 MB: memory of each process, and what the gateway answers meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from pymongo import MongoClient

from bench.house import Site
from bench.report import Figure
from bench.sampling import MIB, Sampled, cpu_seconds, sample
from libs.common.home import resolve_mongo_uri
from libs.common.settings import Settings
from tests.servers.entrepot import Up, up

WORK = "standalone export of a {size} MB collection"
DOCUMENTS = 10_000
BATCH = 500
PAGES = 512
"""Different texts that documents are put together from: about as compressible as prose."""


def measure(site: Site, *, megabytes: int = 600) -> list[Figure]:
    with up(site.folder / "home") as platform:
        _fill(platform, site.folder / "home", megabytes)
        return asyncio.run(_export(platform, WORK.format(size=megabytes)))


def _fill(platform: Up, home: Path, megabytes: int) -> None:
    uri = resolve_mongo_uri(Settings(home=home))
    with MongoClient[dict[str, Any]](uri) as client:
        collection = client["entrepot"]["click_large"]
        batch: list[dict[str, Any]] = []
        for document in _documents(megabytes * 10**6 // DOCUMENTS):
            batch.append(document)
            if len(batch) == BATCH:
                collection.insert_many(batch)
                batch = []


def _documents(size: int) -> Iterator[dict[str, Any]]:
    lot = random.Random(1)
    pages = ["".join(lot.choices("abcdefghij klmnop qrstuv wxyz ", k=1000)) for _ in range(PAGES)]
    for number in range(DOCUMENTS):
        text = "".join(lot.choice(pages) for _ in range(size // 1000))
        yield {"_id": number, "experiment_id": "click", "text": text}


async def _export(platform: Up, work: str) -> list[Figure]:
    processes = {name: platform.service(name) for name in ("gateway", "exporter", "importer")}
    found = {name: process for name, process in processes.items() if process is not None}
    sampled = Sampled()
    watching = asyncio.create_task(sample(platform.base_url, found, sampled))
    cpu, began = cpu_seconds(found["exporter"]), time.monotonic()
    async with aiohttp.ClientSession(platform.base_url) as http:
        headers = {"Prefer": "wait=600"}
        while True:  # a wait is at most 30 s; the idempotency key finds the same job again
            headers["Idempotency-Key"] = "large"
            async with http.get("/api/package-standalone/click", headers=headers) as response:
                answer = await response.json()
                if response.status != 202:
                    break
    assert response.status == 200, answer
    seconds = time.monotonic() - began
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    peaks = [
        Figure(work, f"peak memory of {name}", peak / MIB, "MiB", "< 250")
        for name, peak in sampled.peaks.items()
    ]
    return [
        *peaks,
        Figure(work, "CPU of the exporter", cpu_seconds(found["exporter"]) - cpu, "s"),
        Figure(work, "wall", seconds, "s"),
        Figure(work, "ZIP", answer["file_size"] / MIB, "MiB"),
        Figure(work, "/livez p99 meanwhile", sampled.p99() * 1000, "ms", "milliseconds"),
        Figure(work, "/livez slowest of " + str(len(sampled.latencies)), max(sampled.latencies) * 1000, "ms"),
    ]
