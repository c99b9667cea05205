"""Requests for work that the gateway accepts: written to the database, published with confirm, answered 202."""

from __future__ import annotations

from typing import Final

import psutil
import uvloop

from bench.disk import fsync_figures
from bench.house import House, Site, open_house
from bench.http_load import Load, load, request
from bench.report import Figure
from bench.sampling import MIB, cpu_seconds
from libs.common.database.client import connect
from libs.common.database.collections import JOBS
from libs.common.jobs.model import Role
from libs.common.tokens import TokenStore

CLIENTS: Final = 64
"""Each with a token of its own, so that no one reaches the quota of waiting jobs."""
SLUG: Final = "click"
WORK: Final = "gateway, 64 clients, respond-async"


def measure(site: Site, *, seconds: float) -> list[Figure]:
    with open_house(site) as house, house.serving("gateway") as [gateway]:
        house.register([SLUG])
        processes = {
            "gateway": psutil.Process(gateway.process.pid),
            "database": house.servers.process_of("mongod"),
            "broker": house.servers.process_of("beam.smp"),
        }
        before = {name: cpu_seconds(process) for name, process in processes.items()}
        accepted: Load = uvloop.run(_accept(house, seconds))
        spent = {name: cpu_seconds(process) - before[name] for name, process in processes.items()}
        peak = processes["gateway"].memory_info().rss
        jobs = _jobs(house)
    assert set(accepted.statuses) == {202}, accepted.statuses
    return [
        Figure(WORK, "accepted jobs", accepted.rate, "/s", ">= 400"),
        Figure(WORK, "p50", accepted.p50 * 1000, "ms"),
        Figure(WORK, "p99", accepted.p99 * 1000, "ms"),
        *(Figure(WORK, f"CPU of the {name} per job", 1000 * cpu / jobs, "ms") for name, cpu in spent.items()),
        Figure(WORK, "memory of the gateway", peak / MIB, "MiB"),
        *fsync_figures(site.folder),
    ]


async def _accept(house: House, seconds: float) -> Load:
    tokens = await _tokens(house)
    path = f"/api/package-standalone/{SLUG}"
    requests = [
        request("GET", path, {"Authorization": f"Bearer {token}", "Prefer": "respond-async"})
        for token in tokens
    ]
    return await load(house.port, requests, seconds=seconds)


async def _tokens(house: House) -> list[str]:
    database = connect(house.mongo_uri, house.database_name)
    try:
        store = TokenStore(database)
        issued = [
            await store.create(email=f"bench-{number}@localhost", role=Role.VIEWER, name="bench")
            for number in range(CLIENTS)
        ]
    finally:
        database.client.close()
    return [token.secret for token in issued]


def _jobs(house: House) -> int:
    """All that were made, those of the warm-up included."""
    with house.database() as database:
        return int(database[JOBS].count_documents({}))
