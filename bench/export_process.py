"""Exports in a process that measures itself: `python -m bench.export_process {plain,least,ours,small} SLUG TIMES`.

Starting and importing are not measured, for a service runs already. Settings come by the environment, as a service's.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import psutil
import uvloop
from pymongo import MongoClient

from bench.articles import COLLECTIONS
from bench.plain_export import least, plain
from bench.sampling import cpu_seconds
from libs.common.events.exports import ExportCompleted, ExportKind
from libs.common.jobs.model import Job, Requester, Role
from libs.common.jobs.run import Run
from libs.common.limits import Limits
from libs.common.loading import YOUNG_OBJECTS
from libs.common.parts import Parts, open_parts
from libs.common.settings import Settings
from services.exporter.converters import converters_kept
from services.exporter.export import Exporter

TICK_SECONDS: Final = 0.005
"""A quarter of what is looked for; shorter ones would cost what they measure: 50 ms of an export."""


@dataclass
class Taken:
    """CPU of the process and its children and wall in seconds; the longest that the event loop kept others waiting."""

    cpu: float = 0.0
    wall: float = 0.0
    blocked: float = 0.0
    size: int = 0
    """Bytes of what was written."""
    each: list[float] = field(default_factory=list)
    """Seconds of single exports, where there were many."""


@contextmanager
def taking() -> Iterator[Taken]:
    taken = Taken()
    cpu, began = _cpu(), time.perf_counter()
    yield taken
    taken.cpu, taken.wall = _cpu() - cpu, time.perf_counter() - began


def _cpu() -> float:
    """Also of children, whether they have ended or go on."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    alive = psutil.Process().children(recursive=True)
    return sum(each.ru_utime + each.ru_stime for each in used) + sum(map(cpu_seconds, alive))


def _baseline(export: Callable[..., int], slug: str) -> dict[str, Taken]:
    with MongoClient[dict[str, Any]](os.environ["MONGO_URI"]) as client:
        database = client[os.environ["DB_NAME"]]
        database.command("ping")
        with taking() as taken:
            taken.size = export(database, [f"{slug}_{name}" for name in COLLECTIONS])
    return {"first": taken}


async def _ours(slug: str) -> dict[str, Taken]:
    """A first export, and the same again."""
    async with _exporting() as export:
        await export("warm")
        found = {}
        for name in ("first", "again"):
            async with _watching_the_loop() as gaps:
                with taking() as taken:
                    completed = await export(slug)
            assert completed.reused == (name == "again")
            taken.blocked, taken.size = max(gaps), completed.file_size or 0
            found[name] = taken
    return found


async def _small(slug: str, times: int) -> dict[str, Taken]:
    """Single exports of an experiment that changes before each."""
    async with _exporting() as export:
        with MongoClient[dict[str, Any]](os.environ["MONGO_URI"]) as client:
            rows = client[os.environ["DB_NAME"]][f"{slug}_{COLLECTIONS[0]}"]
            await export(slug)
            with taking() as taken:
                for number in range(times):
                    rows.update_one({}, {"$set": {"number": f"direct {number}"}})
                    began = time.perf_counter()
                    completed = await export(slug)
                    taken.each.append(time.perf_counter() - began)
                    assert not completed.reused
    return {"first": taken}


@asynccontextmanager
async def _exporting() -> AsyncIterator[Callable[[str], Coroutine[Any, Any, ExportCompleted]]]:
    async with open_parts(Settings(), Limits(), service="exporter") as parts:
        exporter = Exporter(parts)
        gc.collect()  # this and the next two as a service does until it is ready
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)
        with converters_kept():
            yield lambda slug: exporter.export(slug, ExportKind.STANDALONE, _run(parts))


def _run(parts: Parts) -> Run:
    """A job's run without the job."""
    now = datetime.now(UTC)
    requester = Requester(email="bench@localhost", role=Role.VIEWER)
    job = Job(
        kind="export.request", subject=None, requester=requester, input={}, not_before=now, created_at=now
    )
    return Run(job, parts.jobs)


@asynccontextmanager
async def _watching_the_loop() -> AsyncIterator[list[float]]:
    """How many seconds later than asked a sleeper was woken, each time."""
    gaps = [0.0]

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            gaps.append(time.perf_counter() - began - TICK_SECONDS)

    ticking = asyncio.create_task(tick())
    yield gaps
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking


def main(side: str, slug: str, times: str) -> None:
    if side == "ours":
        found = uvloop.run(_ours(slug))
    elif side == "small":
        found = uvloop.run(_small(slug, int(times)))
    else:
        found = _baseline({"plain": plain, "least": least}[side], slug)
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
