"""The same exports by more and more exporters, each as a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import psutil
import uvloop

from bench.house import House
from bench.report import Figure
from bench.sampling import cpu_seconds
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.database.client import connect
from libs.common.database.collections import EXPERIMENTS_CONFIG, JOBS
from libs.common.events.envelope import new_id
from libs.common.events.exports import ExportKind, ExportRequest
from libs.common.jobs.model import JobState, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.store import JobStore

ORIGINAL: Final = "click"
"""The example whose code the measured experiments share."""
EXPERIMENTS: Final = [f"measured-{number:02}" for number in range(24)]
DOCUMENTS: Final = 3_000
TEXT: Final = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 14
PATIENCE_SECONDS: Final = 300.0
LOOK_SECONDS: Final = 0.2


def replica_figures(house: House, replicas: Sequence[int]) -> list[Figure]:
    """Exports a second by each number of exporters, and what one costs each part."""
    with house.serving("importer"):
        pass  # registers the examples
    _fill(house)
    rates: dict[int, float] = {}
    figures: list[Figure] = []
    for count in replicas:
        with house.serving(*["exporter"] * count, WORKERS=1) as exporters:
            uvloop.run(_export_all(house))  # each fetches the code once
            processes = {
                "exporters": [psutil.Process(each.process.pid) for each in exporters],
                "database": [house.servers.process_of("mongod")],
                "broker": [house.servers.process_of("beam.smp")],
            }
            before = {name: _cpu(each) for name, each in processes.items()}
            seconds = uvloop.run(_export_all(house))
            spent = {name: _cpu(each) - before[name] for name, each in processes.items()}
        rates[count] = len(EXPERIMENTS) / seconds
        work = f"{count} exporters, {DOCUMENTS:,} documents each"
        figures.append(Figure(work, "exports", rates[count], "/s"))
        figures += [
            Figure(work, f"CPU of the {name} per export", 1000 * cpu / len(EXPERIMENTS), "ms")
            for name, cpu in spent.items()
        ]
        if count > 1:
            goal = ">= 1.8" if count == 2 else ""
            figures.append(
                Figure(work, "against one exporter", rates[count] / rates[replicas[0]], "times", goal)
            )
    return figures


def _cpu(processes: Sequence[psutil.Process]) -> float:
    return sum(map(cpu_seconds, processes))


def _fill(house: House) -> None:
    """Copies of one example's registration, each with data of its own."""
    with house.database() as database:
        registered: dict[str, Any] = database[EXPERIMENTS_CONFIG].find_one({"_id": ORIGINAL})
        for slug in EXPERIMENTS:
            database[EXPERIMENTS_CONFIG].insert_one(registered | {"_id": slug, "slug": slug})
            documents = [
                {"_id": number, "experiment_id": slug, "text": f"{number} {TEXT}", "value": number / 7}
                for number in range(DOCUMENTS)
            ]
            database[f"{slug}_events"].insert_many(documents)


async def _export_all(house: House) -> float:
    """Seconds until all are exported anew: each has one document more than when it was exported before."""
    database = connect(house.mongo_uri, house.database_name)
    bus = await open_rabbit_bus(house.amqp_url, service="bench")
    try:
        store = JobStore(database, lease_seconds=15)
        outbox = Outbox(store, bus)
        for slug in EXPERIMENTS:
            await database[f"{slug}_events"].insert_one({"_id": new_id(), "experiment_id": slug})
        began = time.perf_counter()
        asked = [(await store.create(_request(slug))).job for slug in EXPERIMENTS]
        for job in asked:
            await outbox.flush(job)
    finally:
        await bus.close()
        database.client.close()
    _wait_for(house, [job.id for job in asked])
    return time.perf_counter() - began


def _request(slug: str) -> NewJob:
    return NewJob(
        kind="export.request",
        subject=slug,
        requester=Requester(email=f"{slug}@localhost", role=Role.VIEWER),
        input=ExportRequest(slug=slug, kind=ExportKind.STANDALONE).model_dump(mode="json"),
    )


def _wait_for(house: House, ids: Sequence[str]) -> None:
    """Raises: AssertionError where one failed or none ended in time."""
    with house.database() as database:
        jobs = database[JOBS]
        open_states = {"_id": {"$in": ids}, "state": {"$in": [JobState.QUEUED, JobState.RUNNING]}}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while jobs.find_one(open_states) is not None:
            assert time.monotonic() < deadline, "not all were exported in time"
            time.sleep(LOOK_SECONDS)  # seldom, as looking costs the database, whose time is measured
        failed = jobs.find_one({"_id": {"$in": ids}, "state": JobState.FAILED})
        assert failed is None, failed
