"""Writes that are done together are each as good as one of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError, WriteError

from libs.common.database.client import Database
from libs.common.database.collections import JOBS
from libs.common.jobs.store import JobStore
from libs.common.jobs.writes import JobWrites

from .conftest import Ask


async def insert_all(writes: JobWrites, documents: list[dict[str, Any]]) -> list[BaseException | None]:
    return await asyncio.gather(*(writes.insert(each) for each in documents), return_exceptions=True)


async def test_each_document_is_there_when_its_caller_goes_on(database: Database) -> None:
    writes = JobWrites(database[JOBS])

    async def insert(number: int) -> bool:
        await writes.insert({"_id": f"job-{number}"})
        return await database[JOBS].find_one({"_id": f"job-{number}"}) is not None

    assert all(await asyncio.gather(*(insert(number) for number in range(250))))


async def test_a_key_that_is_taken_is_its_own_callers_affair(database: Database) -> None:
    writes = JobWrites(database[JOBS])
    first, taken, third = await insert_all(writes, [{"_id": "a"}, {"_id": "a"}, {"_id": "b"}])

    assert (first, third) == (None, None)
    assert isinstance(taken, DuplicateKeyError)
    assert taken.details is not None
    assert taken.details["keyPattern"] == {"_id": 1}


async def test_another_refusal_is_told_as_such(database: Database) -> None:
    await database.command("create", "strict", validator={"kind": {"$exists": True}})
    writes = JobWrites(database["strict"])

    good, bad = await insert_all(writes, [{"_id": "a", "kind": "x"}, {"_id": "b"}])

    assert good is None
    assert type(bad) is WriteError
    await database.drop_collection("strict")


async def test_only_what_the_bus_holds_leaves_the_outboxes(store: JobStore, ask: Ask) -> None:
    jobs = [(await store.create(ask())).job for _ in range(6)]

    await asyncio.gather(*(store.published(job.id, job.outbox) for job in jobs[:4]))

    assert [len((await store.get(job.id)).outbox) for job in jobs] == [0, 0, 0, 0, 1, 1]
    assert {job.id for job in await store.unpublished(older_than=0, limit=10)} == {job.id for job in jobs[4:]}


async def test_who_gives_up_leaves_the_others_writes_alone(database: Database) -> None:
    writes = JobWrites(database[JOBS])
    first = asyncio.create_task(writes.insert({"_id": "a"}))
    second, third = (asyncio.create_task(writes.insert({"_id": name})) for name in ("b", "c"))
    await asyncio.sleep(0)
    second.cancel()

    await asyncio.gather(first, third)
    with pytest.raises(asyncio.CancelledError):
        await second
    assert await database[JOBS].find_one({"_id": "c"})
