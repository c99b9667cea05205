"""Snapshots of a real database: one point in time, every form of collection, nothing silent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest

from libs.common.database.client import Database, connect
from libs.common.database.kinds import Kind
from libs.common.owned_collections import Found, own_collections
from libs.common.threads import in_thread
from services.exporter import snapshot as snapshots
from services.exporter import statistics
from services.exporter.documents import split_documents
from services.exporter.lines import Section
from services.exporter.snapshot import SnapshotLost, take_snapshot
from services.exporter.spool import Spool, read_range
from services.exporter.statistics import CollectionSize, Holding, holdings_of
from services.exporter.unreadable import CollectionUnreadable

LIMIT = 10_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(2**20, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def registered(database: Database) -> None:
    """Whose collection is whose depends on the names that there are."""
    await database["experiments_config"].insert_many([{"_id": slug} for slug in ("bank", "click", "log")])


def documents(spool: Spool, section: Section) -> list[dict[str, Any]]:
    blocks = read_range(spool.fileno(), section.offset, section.length)
    return [bson.decode(raw) for raw in split_documents(b"".join(blocks))]


async def test_all_collections_are_read_at_one_moment(database: Database, spool: Spool) -> None:
    """A writer moves money between two collections; only at one moment is the sum what it was."""
    await database["bank_a"].insert_one({"_id": 1, "sum": 1000})
    await database["bank_b"].insert_one({"_id": 1, "sum": 1000})

    async def move() -> None:
        while True:
            async with await database.client.start_session() as session, session.start_transaction():
                await database["bank_a"].update_one({"_id": 1}, {"$inc": {"sum": -1}}, session=session)
                await database["bank_b"].update_one({"_id": 1}, {"$inc": {"sum": 1}}, session=session)

    seen: set[int] = set()
    mover = asyncio.create_task(move())
    try:
        for _ in range(10):
            taken = await take_snapshot(database, "bank", spool, limit=LIMIT)
            rows = [documents(spool, section)[0]["sum"] for section in taken.sections]
            assert sum(rows) == 2000
            seen.add(rows[0])
    finally:
        mover.cancel()
        await asyncio.gather(mover, return_exceptions=True)
    assert len(seen) > 1


async def test_documents_are_sorted_by_id_and_cut(database: Database, spool: Spool) -> None:
    await database["click_a"].insert_many([{"_id": 99 - n} for n in range(100)])
    taken = await take_snapshot(database, "click", spool, limit=60)
    [section] = taken.sections
    assert [row["_id"] for row in documents(spool, section)] == list(range(60))
    assert (section.exported, section.total) == (60, 100)


async def test_a_collection_of_exactly_the_limit_is_whole(database: Database, spool: Spool) -> None:
    await database["click_a"].insert_many([{"_id": n} for n in range(60)])
    [report] = (await take_snapshot(database, "click", spool, limit=60)).reports
    assert (report.exported, report.total, report.truncated) == (60, 60, False)


async def test_many_batches_fill_the_spool_in_order(database: Database, spool: Spool) -> None:
    rows = [{"_id": n, "text": "x" * 500} for n in range(5_000)]
    await database["click_a"].insert_many(rows)
    [section] = (await take_snapshot(database, "click", spool, limit=LIMIT)).sections
    assert documents(spool, section) == rows
    assert spool.size > 2**20


async def test_every_form_of_collection_is_exported_or_reported(database: Database, spool: Spool) -> None:
    await database["log_plain"].insert_one({"_id": 1})
    await database.create_collection("log_empty")
    await database.create_collection("log_view", viewOn="log_plain", pipeline=[{"$match": {"_id": 1}}])
    await database.create_collection("log_series", timeseries={"timeField": "at", "metaField": "sensor"})
    start = datetime(2024, 5, 1, tzinfo=UTC)
    await database["log_series"].insert_many(
        [{"at": start + timedelta(hours=n), "sensor": n % 2, "value": n * 0.5} for n in range(50)]
    )
    await database.create_collection("log_capped", capped=True, size=4096)
    await database["log_capped"].insert_many([{"_id": n} for n in (3, 1, 2)])

    taken = await take_snapshot(database, "log", spool, limit=LIMIT)
    sections = {section.name: section for section in taken.sections}
    assert {name: section.kind for name, section in sections.items()} == {
        "log_capped": Kind.CAPPED,
        "log_empty": Kind.COLLECTION,
        "log_plain": Kind.COLLECTION,
        "log_series": Kind.TIMESERIES,
        "log_view": Kind.VIEW,
    }
    assert sections["log_series"].exported == 50
    assert sections["log_series"].options["timeseries"]["metaField"] == "sensor"
    assert sections["log_view"].options == {"viewOn": "log_plain", "pipeline": [{"$match": {"_id": 1}}]}
    assert sections["log_view"].length == 0
    assert [row["_id"] for row in documents(spool, sections["log_capped"])] == [3, 1, 2]
    noted = {report.name for report in taken.reports if report.note}
    assert noted == {"log_capped", "log_series", "log_view"}


async def test_the_digest_tells_contents_apart(database: Database, spool: Spool) -> None:
    await database["click_a"].insert_one({"_id": 1, "n": 1})
    digests = [(await take_snapshot(database, "click", spool, limit=LIMIT)).digest for _ in range(2)]
    assert digests[0] == digests[1]
    await database["click_a"].update_one({"_id": 1}, {"$set": {"n": bson.Int64(1)}})
    digests.append((await take_snapshot(database, "click", spool, limit=LIMIT)).digest)
    await database["click_a"].rename("click_b")
    digests.append((await take_snapshot(database, "click", spool, limit=LIMIT)).digest)
    assert len(set(digests)) == 3


async def test_an_unreadable_collection_fails_the_export(database: Database, spool: Spool) -> None:
    await database["click_a"].insert_one({"_id": 1})
    fails = {"$addFields": {"x": {"$divide": [1, {"$subtract": ["$_id", 1]}]}}}
    await database.create_collection("click_fails", viewOn="click_a", pipeline=[fails])

    holdings = [
        Holding(Found(name, Kind.COLLECTION, {}, None), CollectionSize(1, 1))
        for name in ("click_a", "click_fails")
    ]
    with pytest.raises(CollectionUnreadable, match="click_fails"):
        await take_snapshot(database, "click", spool, limit=LIMIT, holdings=holdings)


async def test_all_batches_together_may_take_longer_than_one_command(
    database: Database, mongo_uri: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server counts what a cursor's batches take together, and holds it against the first command's deadline."""
    await database["click_a"].insert_many([{"_id": n} for n in range(100)])
    slow = {"$function": {"body": "function() { sleep(20); }", "args": [], "lang": "js"}}
    await database.create_collection("click_slow", viewOn="click_a", pipeline=[{"$addFields": {"x": slow}}])
    monkeypatch.setattr("libs.common.database.client.OPERATION_TIMEOUT_MS", 1_000)
    hurried = connect(mongo_uri, database.name)
    found = Found("click_slow", Kind.CAPPED, {}, None)  # read as the documents come
    holdings = [Holding(found, CollectionSize(documents=100, size=100 * 2**20))]

    async def is_as_it_was(*_: object) -> list[Found]:
        return [found]

    monkeypatch.setattr(snapshots, "own_collections", is_as_it_was)
    try:
        [section] = (await take_snapshot(hurried, "click", spool, limit=100, holdings=holdings)).sections
    finally:
        hurried.client.close()
    assert section.exported == 100


async def test_a_collection_without_statistics_is_named(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database["click_a"].insert_one({"_id": 1})
    await database.create_collection("click_view", viewOn="click_a", pipeline=[])

    async def none_is_a_view(*_: object) -> list[Found]:
        return [Found("click_view", Kind.COLLECTION, {}, None)]

    monkeypatch.setattr(statistics, "own_collections", none_is_a_view)
    with pytest.raises(CollectionUnreadable, match="click_view"):
        await take_snapshot(database, "click", spool, limit=LIMIT)


@pytest.mark.parametrize("has_looked", [True, False])
async def test_a_lost_snapshot_is_taken_again(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch, *, has_looked: bool
) -> None:
    """A collection is made while others are read; what the caller knew of them is not believed again."""
    await database["click_a"].insert_one({"_id": 1})
    holdings = await holdings_of(database, "click") if has_looked else None
    read: list[int] = []

    async def and_somebody_makes_one(*given: Any) -> list[Found]:
        if not read:
            await database["click_b"].insert_one({"_id": 2})
        read.append(spool.size)
        return await own_collections(*given)

    monkeypatch.setattr(snapshots, "own_collections", and_somebody_makes_one)
    taken = await take_snapshot(database, "click", spool, limit=LIMIT, holdings=holdings)
    assert [documents(spool, section) for section in taken.sections] == [[{"_id": 1}], [{"_id": 2}]]
    assert len(read) == 2


async def test_what_was_made_after_the_snapshot_began_is_read_by_the_next(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server knows the collection, but not at the snapshot's time."""
    await database["click_a"].insert_one({"_id": 1})
    await database["click_b"].insert_one({"_id": 1})
    made: list[bool] = []

    async def and_somebody_makes_it_anew(function: Any, *given: Any) -> Any:
        if function.__name__ == "append" and not made:
            made.append(True)
            await database["click_b"].drop()
            await database["click_b"].insert_one({"_id": 2})
        return await in_thread(function, *given)

    holdings = await holdings_of(database, "click")
    monkeypatch.setattr(snapshots, "in_thread", and_somebody_makes_it_anew)
    taken = await take_snapshot(database, "click", spool, limit=LIMIT, holdings=holdings)
    assert made
    assert [documents(spool, section) for section in taken.sections] == [[{"_id": 1}], [{"_id": 2}]]


async def test_a_snapshot_lost_again_and_again_is_given_up(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database["click_a"].insert_one({"_id": 1})
    made = iter(range(100))

    async def and_somebody_makes_one(*given: Any) -> list[Found]:
        await database[f"click_{next(made)}"].insert_one({"_id": 1})
        return await own_collections(*given)

    monkeypatch.setattr(snapshots, "own_collections", and_somebody_makes_one)
    with pytest.raises(SnapshotLost):
        await take_snapshot(database, "click", spool, limit=LIMIT)
    assert next(made) >= snapshots.TRIES


async def test_a_collection_dropped_meanwhile_is_not_taken_for_empty(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database["click_a"].insert_one({"_id": 1})
    await database["click_b"].insert_one({"_id": 1})
    listed: list[list[Found]] = []

    async def somebody_has_dropped_one(*given: Any) -> list[Found]:
        await database["click_b"].drop()
        listed.append(await own_collections(*given))
        return listed[-1]

    monkeypatch.setattr(snapshots, "own_collections", somebody_has_dropped_one)
    taken = await take_snapshot(database, "click", spool, limit=LIMIT)
    assert [section.name for section in taken.sections] == ["click_a"]
    assert len(listed) == 2
