"""The way to a hosted experiment through the gateway, beside a plain proxy and the way straight to its host."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
import psutil
import uvloop

from bench.house import House, Site, open_house
from bench.http_load import WARM_UP_SECONDS, load, request
from bench.report import Figure
from bench.sampling import MIB, cpu_seconds
from libs.common.database.collections import EXPERIMENT_HOSTING
from libs.common.hosting import HostingState
from tests.servers.binaries import free_port
from tests.servers.entrepot import Process, clean_environment, started

SLUG: Final = "click"
PAGE: Final = f"/experiments/{SLUG}/"
CLIENTS: Final = 16
SAMPLE_SECONDS: Final = 0.02
BLOCK: Final = bytes(2**18)
WORK: Final = "proxy to an experiment"
BODY: Final = "proxy, body of {size:,} MB"

Transfer = Callable[[aiohttp.ClientSession, str, int], Awaitable[int]]


def measure(site: Site, *, seconds: float, megabytes: int) -> list[Figure]:
    host, proxy = free_port(), free_port()
    beside = [_plain(site.folder, "plain_host", host), _plain(site.folder, "plain_proxy", proxy, host)]
    with open_house(site) as house, started(beside), house.serving("gateway") as [gateway]:
        _record(house, host)
        ways = Ways(through=house.port, plain=proxy, straight=host)
        figures: list[Figure] = uvloop.run(
            _measure(house, ways, psutil.Process(gateway.process.pid), seconds, megabytes)
        )
    return figures


def _plain(folder: Path, module: str, *ports: int) -> Process:
    command = [sys.executable, "-m", f"bench.{module}", *map(str, ports)]
    return Process(module, command, clean_environment(), folder / f"{module}.log")


def _record(house: House, port: int) -> None:
    """What the supervisor would write."""
    house.register([SLUG])
    hosting = {"_id": SLUG, "state": HostingState.RUNNING, "since": datetime.now(UTC), "term": 1}
    with house.database() as database:
        database[EXPERIMENT_HOSTING].insert_one(
            hosting | {"address": f"http://127.0.0.1:{port}", "token": "secret-of-the-host"}
        )


@dataclass(frozen=True)
class Ways:
    """Ports at which the same page is to be had: of the gateway, of a plain proxy, of the host itself."""

    through: int
    plain: int
    straight: int


async def _measure(
    house: House, ways: Ways, gateway: psutil.Process, seconds: float, megabytes: int
) -> list[Figure]:
    through, straight = request("GET", PAGE, house.authorization), request("GET", PAGE)
    one = await load(ways.through, [through], seconds=seconds)
    one_plain = await load(ways.plain, [straight], seconds=seconds)
    one_straight = await load(ways.straight, [straight], seconds=seconds)
    before = cpu_seconds(gateway)
    many = await load(ways.through, [through] * CLIENTS, seconds=seconds)
    spent = (cpu_seconds(gateway) - before) / (seconds + WARM_UP_SECONDS) * seconds
    many_plain = await load(ways.plain, [straight] * CLIENTS, seconds=seconds)
    many_straight = await load(ways.straight, [straight] * CLIENTS, seconds=seconds)
    for each in (one, one_plain, many, many_plain):
        assert set(each.statuses) == {200}, each.statuses
    added, added_plain = (1000 * (each.p50 - one_straight.p50) for each in (one, one_plain))
    return [
        Figure(WORK, "added at p50, one client", added, "ms", "<= 0.8"),
        Figure(WORK, "a plain proxy adds at p50", added_plain, "ms"),
        Figure(WORK, f"rate at {CLIENTS} clients", many.rate, "/s", ">= 2,000"),
        Figure(WORK, f"a plain proxy's rate at {CLIENTS} clients", many_plain.rate, "/s"),
        Figure(WORK, f"straight, rate at {CLIENTS} clients", many_straight.rate, "/s"),
        Figure(WORK, "rate, ours / a plain proxy's", many.rate / many_plain.rate, "times"),
        Figure(WORK, f"p99 at {CLIENTS} clients", many.p99 * 1000, "ms"),
        Figure(WORK, "CPU of the gateway per request", 1000 * spent / len(many.latencies), "ms"),
        *await _bodies(house, ways.straight, gateway, megabytes),
    ]


async def _bodies(house: House, host: int, gateway: psutil.Process, megabytes: int) -> list[Figure]:
    work, size = BODY.format(size=megabytes), megabytes * 10**6 // len(BLOCK) * len(BLOCK)
    figures = []
    ways: tuple[tuple[str, int, dict[str, str]], ...] = (
        ("straight", host, {}),
        ("through the gateway", house.port, house.authorization),
    )
    transfers: tuple[tuple[str, Transfer], ...] = (("download", _download), ("upload", _upload))
    for kind, transfer in transfers:
        for name, port, headers in ways:
            before, began = gateway.memory_info().rss, time.perf_counter()
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:
                peak, moved = await _sampled(gateway, transfer(http, PAGE, size))
            assert moved == size
            speed = size / 10**6 / (time.perf_counter() - began)
            figures.append(Figure(work, f"{kind} {name}", speed, "MB/s"))
            if port == house.port:
                figures.append(
                    Figure(
                        work, f"{kind}, memory that the gateway took", (peak - before) / MIB, "MiB", "<= 60"
                    )
                )
    return figures


async def _download(http: aiohttp.ClientSession, page: str, size: int) -> int:
    moved = 0
    async with http.get(f"{page}download?size={size}") as answer:
        async for chunk in answer.content.iter_any():
            moved += len(chunk)
    return moved


async def _upload(http: aiohttp.ClientSession, page: str, size: int) -> int:
    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(size // len(BLOCK)):
            yield BLOCK

    async with http.post(f"{page}upload", data=blocks()) as answer:
        return int((await answer.json())["size"])


async def _sampled(process: psutil.Process, work: Awaitable[int]) -> tuple[int, int]:
    """The most resident memory of a process while something is done, and what came of it."""
    peak = 0

    async def sample() -> None:
        nonlocal peak
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        result = await work
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling
    return peak, result
