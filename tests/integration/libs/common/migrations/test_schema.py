"""Steps are taken once and in order, whoever starts, dies or runs beside."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.database.client import Database
from libs.common.errors import Unavailable
from libs.common.leadership import Leadership
from libs.common.limits import Limits
from libs.common.migrations.schema import COLLECTION, FIRST_VERSION, Schema, SchemaTooNew
from libs.common.migrations.steps import STEPS, Step
from libs.common.parts import open_parts
from tests.conftest import MakeSettings

DONE = "done_steps"


def noting(title: str) -> Step:
    """A step that leaves a document each time it runs."""

    async def apply(database: Database) -> None:
        await database[DONE].insert_one({"title": title})

    return Step(title, apply)


FIRST, SECOND = noting("first"), noting("second")


async def done(database: Database) -> list[str]:
    return [document["title"] async for document in database[DONE].find().sort("_id", 1)]


async def at_version(database: Database, version: int) -> None:
    await database[COLLECTION].update_one({"_id": COLLECTION}, {"$set": {"version": version}}, upsert=True)


async def test_a_database_without_a_version_is_the_first_releases(database: Database) -> None:
    schema = Schema(database, [FIRST, SECOND])
    assert await schema.version() == FIRST_VERSION
    assert await schema.pending() == [FIRST, SECOND]


async def test_steps_are_taken_in_order_and_once(database: Database) -> None:
    assert await Schema(database, [FIRST]).bring_forward() == 1
    later = Schema(database, [FIRST, SECOND])
    assert await later.bring_forward() == 1
    assert await later.bring_forward() == 0
    assert await done(database) == ["first", "second"]
    assert await later.version() == later.understood


async def test_of_replicas_that_start_together_one_takes_the_steps(database: Database) -> None:
    replicas = [Schema(database, [FIRST, SECOND]) for _ in range(3)]
    taken = await asyncio.gather(*(replica.bring_forward() for replica in replicas))
    assert sorted(taken) == [0, 0, 2]
    assert await done(database) == ["first", "second"]


async def test_what_was_done_before_a_failure_is_kept(database: Database) -> None:
    async def fail(_: Database) -> None:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        await Schema(database, [FIRST, Step("fails", fail), SECOND]).bring_forward()
    assert await done(database) == ["first"]
    assert await Schema(database, [FIRST, FIRST, SECOND]).bring_forward() == 2
    assert await done(database) == ["first", "first", "second"]


async def test_a_step_longer_than_the_lease_keeps_it(database: Database) -> None:
    async def wait(_: Database) -> None:
        for _tick in range(10):
            await asyncio.sleep(0.1)
            assert not await Leadership(database, "migrations", seconds=0.5).hold()

    assert await Schema(database, [Step("long", wait)], lease_seconds=0.5).bring_forward() == 1


async def test_who_has_lost_the_lease_lets_go_of_the_step(database: Database) -> None:
    ended = asyncio.Event()

    async def lose(database: Database) -> None:
        await database["leases"].update_one({"_id": "migrations"}, {"$set": {"owner": "another"}})
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    schema = Schema(database, [Step("lost", lose)], lease_seconds=0.3)
    with pytest.raises(Unavailable, match="taken over"):
        await schema.bring_forward()
    assert ended.is_set()
    assert await schema.version() == FIRST_VERSION


async def test_the_version_before_runs_beside_and_an_older_one_does_not(database: Database) -> None:
    before, own, after = Schema(database), Schema(database, [FIRST]), Schema(database, [FIRST, SECOND])
    await own.bring_forward()
    assert await before.bring_forward() == 0
    await after.bring_forward()
    assert await own.bring_forward() == 0
    with pytest.raises(SchemaTooNew, match="has schema 3, and this version of Entrepot understands 1"):
        await before.bring_forward()
    assert await after.version() == after.understood


@pytest.mark.parametrize(("ahead", "starts"), [(0, True), (1, True), (2, False)])
async def test_a_service_starts_on_what_it_can_read_and_on_nothing_newer(
    database: Database, mongo_uri: str, make_settings: MakeSettings, ahead: int, starts: bool
) -> None:
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name)
    await at_version(database, FIRST_VERSION + len(STEPS) + ahead)
    try:
        async with open_parts(settings, Limits(), service="exporter") as parts:
            await parts.check()
            started = True
    except SchemaTooNew:
        started = False
    assert started is starts
