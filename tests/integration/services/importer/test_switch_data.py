"""A switch of data that dies before any of its steps, and an undo that does, on collections of every form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import bson
import pytest

from libs.common.database.client import Database
from libs.common.database.kinds import Kind
from services.importer.data.switch import Form, Item, switch, undo
from tests.integration.services.importer.samples import everything

OPTIONS: dict[Kind, dict[str, Any]] = {
    Kind.COLLECTION: {},
    Kind.CAPPED: {"capped": True, "size": 4096},
    Kind.TIMESERIES: {"timeseries": {"timeField": "at", "metaField": "m", "granularity": "hours"}},
    Kind.VIEW: {"viewOn": "s_plain", "pipeline": []},
}
Change = tuple[str, Kind | None, Kind | None]
CHANGES: list[Change] = [
    ("s_plain", Kind.COLLECTION, Kind.COLLECTION),
    ("s_gone", Kind.COLLECTION, None),
    ("s_new", None, Kind.COLLECTION),
    ("s_capped", Kind.CAPPED, Kind.CAPPED),
    ("s_series", Kind.TIMESERIES, Kind.TIMESERIES),
    ("s_new_series", None, Kind.TIMESERIES),
    ("s_seen", Kind.VIEW, Kind.VIEW),
    ("s_unseen", Kind.VIEW, Kind.COLLECTION),
    ("s_looked", Kind.COLLECTION, Kind.VIEW),
    ("s_formed", Kind.TIMESERIES, Kind.COLLECTION),
    ("s_gone_view", Kind.VIEW, None),
    ("s_new_view", None, Kind.VIEW),
]


class Died(BaseException):
    """As a killed process: nothing catches it."""


class Mortal:
    """A database whose user dies before one of its writes."""

    def __init__(self, database: Database, lives: int) -> None:
        self._database = database
        self.lives = lives

    def __getitem__(self, name: str) -> Any:
        return MortalCollection(self._database[name], self)

    def step(self) -> None:
        if self.lives == 0:
            raise Died
        self.lives -= 1

    async def command(self, *given: Any) -> Any:
        self.step()
        return await self._database.command(*given)

    async def drop_collection(self, name: str) -> None:
        self.step()
        await self._database.drop_collection(name)

    async def list_collections(self, **given: Any) -> Any:
        return await self._database.list_collections(**given)

    async def list_collection_names(self) -> list[str]:
        return await self._database.list_collection_names()


class MortalCollection:
    def __init__(self, collection: Any, database: Mortal) -> None:
        self._collection = collection
        self._database = database

    def with_options(self, **given: Any) -> MortalCollection:
        return MortalCollection(self._collection.with_options(**given), self._database)

    def find(self, *given: Any) -> Any:
        return self._collection.find(*given)

    def aggregate(self, *given: Any) -> Any:
        self._database.step()
        return self._collection.aggregate(*given)

    async def insert_many(self, *given: Any, **named: Any) -> None:
        self._database.step()
        await self._collection.insert_many(*given, **named)

    async def rename(self, *given: Any, **named: Any) -> None:
        self._database.step()
        await self._collection.rename(*given, **named)


def form(kind: Kind, mark: str) -> Form:
    if kind is Kind.VIEW:
        return Form.of(kind, OPTIONS[kind] | {"pipeline": [{"$match": {"mark": mark}}]})
    indexes = [{"key": {"mark": 1}, "name": "own"}] if kind is Kind.TIMESERIES else []
    return Form.of(kind, OPTIONS[kind], indexes)


def documents(mark: str) -> list[dict[str, Any]]:
    return [{"_id": n, "at": datetime(2024, 5, 1, n, tzinfo=UTC), "m": n, "mark": mark} for n in range(3)]


async def make(database: Database, name: str, kind: Kind, mark: str) -> None:
    given = form(kind, mark)
    await database.command({"create": name, **given.create})
    if kind is not Kind.VIEW:
        await database[name].insert_many(documents(mark))
    for index in given.indexes:
        await database.command({"createIndexes": name, "indexes": [bson.decode(index)]})


async def prepare(database: Database, changes: Sequence[Change] = CHANGES) -> list[Item]:
    """Everything as it is right before a switch."""
    for name in await database.list_collection_names(filter={"name": {"$not": {"$regex": "^system"}}}):
        await database.drop_collection(name)
    items = []
    for number, (name, before, after) in enumerate(changes):
        if before is not None:
            await make(database, name, before, "old")
        staged = f"_staged.{number}" if after not in {None, Kind.VIEW} else None
        if staged is not None:
            wrap = after is Kind.TIMESERIES
            await database[staged].insert_many([{"d": each} if wrap else each for each in documents("new")])
        items.append(
            Item(
                name=name,
                before=form(before, "old") if before else None,
                kept=f"_kept.{number}" if before not in {None, Kind.VIEW} else None,
                after=form(after, "new") if after else None,
                staged=staged,
            )
        )
    return items


async def state(database: Database) -> dict[str, Any]:
    """Of the experiment, and whether what was staged lies there."""
    staged = await database.list_collection_names(filter={"name": {"$regex": "^_"}})
    indexes = {
        name: sorted(await database[name].index_information())
        for name in await database.list_collection_names(filter={"type": {"$ne": "view"}})
        if name.startswith("s_")
    }
    return {"data": await everything(database, "s"), "aside": sorted(staged), "indexes": indexes}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
async def test_a_switch_that_died_anywhere_is_undone(database: Database, change: Change) -> None:
    lives, died = 0, True
    while died:
        items = await prepare(database, [change])
        before = await state(database)
        mortal: Any = Mortal(database, lives)
        try:
            await switch(mortal, items)
            died = False
        except Died:
            lives += 1
        await undo(database, items)
        assert await state(database) == before, f"it died before step {lives}"
    assert lives


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
async def test_an_undo_that_died_anywhere_goes_on(database: Database, change: Change) -> None:
    lives, died = 0, True
    while died:
        items = await prepare(database, [change])
        before = await state(database)
        await switch(database, items)
        mortal: Any = Mortal(database, lives)
        try:
            await undo(mortal, items)
            died = False
        except Died:
            lives += 1
        await undo(database, items)
        assert await state(database) == before, f"it died before step {lives}"


async def test_a_switch_brings_the_new_and_keeps_the_old(database: Database) -> None:
    items = await prepare(database)
    await switch(database, items)
    for name, before, after in CHANGES:
        marks = await database[name].distinct("mark")
        assert marks == (["new"] if after else []), (name, before)
    kept = [item.kept for item in items if item.kept]
    aside = await database.list_collection_names(filter={"name": {"$regex": "^_"}})
    assert sorted(aside) == sorted(kept)
    assert await database["_kept.0"].distinct("mark") == ["old"]
    assert await database["_kept.4"].distinct("d.mark") == ["old"]
