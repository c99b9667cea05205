"""Clocks that are hours apart, and a database that is away for a moment."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, tzinfo

import pytest
from pymongo.errors import AutoReconnect

from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import Database
from libs.common.jobs import store as module
from libs.common.jobs.model import Job
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.store import JobStore

from .conftest import LEASE_SECONDS, Ask

KIND = "export.request"


class Ahead:
    """In place of `datetime`: a clock an hour ahead."""

    @staticmethod
    def now(tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(hours=1)


async def test_a_job_of_a_gateway_ahead_is_due_at_once(
    store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "datetime", Ahead)
    job = (await store.create(ask())).job

    claimed = await store.claim(KIND, "worker")
    assert claimed is not None
    assert claimed.id == job.id


async def test_the_lease_of_a_worker_ahead_ends_in_time(
    store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(ask())
    with monkeypatch.context() as patch:
        patch.setattr(module, "datetime", Ahead)
        job = await store.claim(KIND, "ahead")
        assert job is not None
        await store.renew(job)
    async with asyncio.timeout(10 + LEASE_SECONDS):
        while (taken := await store.reclaim(KIND, "worker")) is None:
            await asyncio.sleep(0.05)
    await store.give_back(taken)
    assert await store.claim(KIND, "worker") is not None


async def test_a_worker_ahead_takes_nobodys_job(
    database: Database, ask: Ask, monkeypatch: pytest.MonkeyPatch, store: JobStore
) -> None:
    patient = JobStore(database, lease_seconds=60)
    await patient.create(ask())
    assert await patient.claim(KIND, "worker") is not None
    monkeypatch.setattr(module, "datetime", Ahead)

    assert await store.reclaim(KIND, "ahead") is None


async def test_the_relay_outlives_an_outage_of_the_database(
    database: Database, store: JobStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.jobs.outbox.RELAY_SECONDS", 0.01)
    monkeypatch.setattr("libs.common.jobs.outbox.PUBLISH_SECONDS", 0.5)
    bus = await open_embedded_bus(database, service="test")
    job = (await store.create(ask())).job
    unpublished, outages = store.unpublished, 2

    async def failing(*, older_than: float, limit: int) -> list[Job]:
        nonlocal outages
        if outages:
            outages -= 1
            raise AutoReconnect
        return await unpublished(older_than=older_than, limit=limit)

    monkeypatch.setattr(store, "unpublished", failing)
    relaying = asyncio.create_task(Outbox(store, bus).run())
    async with asyncio.timeout(10):
        while (await store.get(job.id)).outbox:
            await asyncio.sleep(0.02)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await bus.close()

    assert outages == 0
