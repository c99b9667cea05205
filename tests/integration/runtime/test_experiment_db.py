"""Every operation of ExperimentDB against a real MongoDB: what it does, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo import (
    DESCENDING,
    DeleteMany,
    DeleteOne,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteError

from async_mongo_wrapper import Database, ScopeError
from experiment_db import ExperimentDB
from tests.integration.runtime.conftest import Open

STRANGER = {"_id": 99, "n": 1, "experiment_id": "stranger"}


@pytest.fixture
async def db(experiment: Open, platform_db: Database) -> ExperimentDB:
    """Experiment `click` with three items of its own, and a stranger's document among them."""
    await platform_db.click_items.insert_many(
        [STRANGER, *({"_id": n, "n": n, "experiment_id": "click"} for n in (1, 2, 3))]
    )
    return experiment("click")


async def on_disk(database: Database, collection: str = "click_items") -> dict[Any, dict[str, Any]]:
    return {document["_id"]: document async for document in database[collection].find({}).sort("_id")}


async def ids(db: ExperimentDB, **chain: Any) -> list[Any]:
    return [document["_id"] for document in await db.items.find(**chain).sort("_id").to_list(None)]


async def test_find_chains_as_motor_does(db: ExperimentDB) -> None:
    cursor = db.items.find({}, {"n": 1}).sort("n", DESCENDING).skip(1).limit(1)
    assert await cursor.to_list() == [{"_id": 2, "n": 2}]
    assert [item["n"] async for item in db.items.find({"n": {"$gte": 2}}).sort([("n", 1)])] == [2, 3]
    assert await ids(db) == [1, 2, 3]


@pytest.mark.parametrize(
    "given_filter",
    [
        {"_id": 99},
        {"experiment_id": "stranger"},
        {"experiment_id": {"$exists": True}, "_id": 99},
        {"$or": [{"experiment_id": "stranger"}, {"_id": 99}]},
        {"$nor": [{"experiment_id": "click"}]},
        {"$expr": {"$eq": ["$experiment_id", "stranger"]}},
    ],
)
async def test_no_filter_reaches_a_strangers_document(
    db: ExperimentDB, platform_db: Database, given_filter: dict[str, Any]
) -> None:
    assert await db.items.find(given_filter).to_list() == []
    assert await db.items.find_one(given_filter) is None
    assert await db.items.count_documents(given_filter) == 0
    assert await db.items.distinct("_id", given_filter) == []
    assert await db.items.find_one_and_delete(given_filter) is None
    assert (await db.items.update_many(given_filter, {"$set": {"n": 0}})).matched_count == 0
    assert (await db.items.delete_many(given_filter)).deleted_count == 0
    assert (await on_disk(platform_db))[99] == STRANGER


async def test_reads(db: ExperimentDB) -> None:
    assert await db.items.find_one() == {"_id": 1, "n": 1, "experiment_id": "click"}
    assert await db.items.find_one(2) == {"_id": 2, "n": 2, "experiment_id": "click"}
    assert await db.items.find_one(filter={"n": 3}, projection={"_id": 1}) == {"_id": 3}
    assert await db.items.count_documents() == 3
    assert await db.items.count_documents({"n": {"$gt": 1}}) == 2
    assert await db.items.distinct("n") == [1, 2, 3]
    assert await db.collection("items").count_documents({}) == 3


async def test_insert_one_keeps_every_type_and_stamps(db: ExperimentDB, platform_db: Database) -> None:
    document = {
        "price": Decimal128("12.50"),
        "salt": Binary(b"\x00\xff", 5),
        "big": Int64(2**40),
        "at": datetime(2024, 2, 29, 12, tzinfo=UTC),
    }
    before = dict(document)
    result = await db.orders.insert_one(document)
    assert document == {**before, "_id": result.inserted_id}
    stored = (await on_disk(platform_db, "click_orders"))[result.inserted_id]
    assert stored == {**document, "at": datetime(2024, 2, 29, 12), "experiment_id": "click"}


async def test_insert_cannot_forge_the_stamp(db: ExperimentDB, platform_db: Database) -> None:
    forged = {"_id": 4, "experiment_id": "stranger"}
    await db.items.insert_one(forged)
    assert (await on_disk(platform_db))[4]["experiment_id"] == "click"
    assert forged["experiment_id"] == "stranger"


async def test_insert_many_takes_any_iterable(db: ExperimentDB, platform_db: Database) -> None:
    documents: list[dict[str, Any]] = [{"n": n} for n in (7, 8)]
    result = await db.items.insert_many(document for document in documents)
    assert [document["_id"] for document in documents] == result.inserted_ids
    stored = await on_disk(platform_db)
    assert [stored[key] for key in result.inserted_ids] == [
        {**d, "experiment_id": "click"} for d in documents
    ]


async def test_insert_takes_raw_documents(db: ExperimentDB) -> None:
    raw = RawBSONDocument(b"\x15\x00\x00\x00\x10_id\x00\x2a\x00\x00\x00\x10n\x00\x05\x00\x00\x00\x00")
    await db.items.insert_one(raw)
    assert await db.items.find_one(42) == {"_id": 42, "n": 5, "experiment_id": "click"}


async def test_updates_and_upserts(db: ExperimentDB, platform_db: Database) -> None:
    assert (await db.items.update_one({"n": 1}, {"$set": {"n": 10}})).modified_count == 1
    assert (await db.items.update_many({}, {"$inc": {"n": 1}})).modified_count == 3
    await db.items.update_one({"_id": 5}, {"$set": {"n": 5}}, upsert=True)
    await db.items.update_many({"kind": "x"}, {"$setOnInsert": {"_id": 6}}, True)
    await db.items.update_one({"_id": 7}, [{"$replaceWith": {"_id": 7, "n": 0}}], upsert=True)
    stored = await on_disk(platform_db)
    assert {key: document.get("n") for key, document in stored.items()} == {
        1: 11, 2: 3, 3: 4, 5: 5, 6: None, 7: 0, 99: 1,
    }  # fmt: skip
    assert {key for key, document in stored.items() if document["experiment_id"] == "click"} == {
        1,
        2,
        3,
        5,
        6,
        7,
    }


async def test_upsert_under_several_scopes_stamps_the_own(experiment: Open, platform_db: Database) -> None:
    db = experiment("click", "shop")
    await db.items.update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
    await db.items.replace_one({"_id": 2}, {"n": 2}, upsert=True)
    await db.items.find_one_and_update({"_id": 3}, {"$inc": {"n": 3}}, upsert=True)
    await db.items.find_one_and_replace({"_id": 4}, {"n": 4}, upsert=True)
    assert await on_disk(platform_db) == {
        n: {"_id": n, "n": n, "experiment_id": "click"} for n in (1, 2, 3, 4)
    }  # fmt: skip


async def test_upsert_that_meets_a_strangers_id_fails_loudly(db: ExperimentDB, platform_db: Database) -> None:
    with pytest.raises(DuplicateKeyError):
        await db.items.update_one({"_id": 99}, {"$set": {"n": 0}}, upsert=True)
    with pytest.raises(DuplicateKeyError):
        await db.items.replace_one({"_id": 99}, {"n": 0}, upsert=True)
    assert (await on_disk(platform_db))[99] == STRANGER


async def test_document_read_and_set_as_a_whole(db: ExperimentDB) -> None:
    document = await db.items.find_one({"_id": 1})
    assert document is not None
    document["n"] = 50
    await db.items.update_one({"_id": 1}, {"$set": document}, upsert=True)
    assert (await db.items.find_one(1)) == {"_id": 1, "n": 50, "experiment_id": "click"}


async def test_replace_keeps_the_stamp(db: ExperimentDB, platform_db: Database) -> None:
    replacement = {"m": 1}
    assert (await db.items.replace_one({"_id": 1}, replacement)).modified_count == 1
    assert replacement == {"m": 1}
    assert (await on_disk(platform_db))[1] == {"_id": 1, "m": 1, "experiment_id": "click"}


async def test_deletes(db: ExperimentDB, platform_db: Database) -> None:
    assert (await db.items.delete_one({})).deleted_count == 1
    assert (await db.items.delete_many({})).deleted_count == 2
    assert await on_disk(platform_db) == {99: STRANGER}


async def test_delete_without_a_filter_is_refused(db: ExperimentDB) -> None:
    with pytest.raises(TypeError):
        await db.items.delete_many(None)  # type: ignore[arg-type]
    assert await db.items.count_documents() == 3


async def test_find_one_and_methods(db: ExperimentDB) -> None:
    after = ReturnDocument.AFTER
    updated = await db.items.find_one_and_update(
        {}, {"$inc": {"n": 1}}, sort=[("n", -1)], return_document=after
    )
    assert updated == {"_id": 3, "n": 4, "experiment_id": "click"}
    assert await db.items.find_one_and_replace({"_id": 2}, {"m": 2}, {"_id": 0}, return_document=after) == {
        "m": 2,
        "experiment_id": "click",
    }
    assert await db.items.find_one_and_delete({}, sort=[("_id", 1)]) == {
        "_id": 1,
        "n": 1,
        "experiment_id": "click",
    }
    assert await ids(db) == [2, 3]


async def test_bulk_write_scopes_each_operation(db: ExperimentDB, platform_db: Database) -> None:
    fresh: dict[str, Any] = {"n": 40}
    result = await db.items.bulk_write(
        [
            InsertOne(fresh),
            UpdateOne({"_id": 99}, {"$set": {"n": 0}}),
            UpdateOne({"_id": 5}, {"$set": {"n": 5}}, upsert=True),
            UpdateMany({"n": {"$lte": 2}}, {"$inc": {"n": 10}}),
            ReplaceOne({"_id": 3}, {"n": 33}),
            ReplaceOne({"_id": 6}, {"n": 6}, upsert=True),
            DeleteOne({"_id": 99}),
            DeleteMany({"n": 11}),
        ],
        ordered=True,
    )
    assert (result.inserted_count, result.upserted_count, result.deleted_count) == (1, 2, 1)
    assert isinstance(fresh["_id"], ObjectId)
    stored = await on_disk(platform_db)
    assert stored.pop(99) == STRANGER
    assert {key: document["n"] for key, document in stored.items()} == {
        2: 12,
        3: 33,
        5: 5,
        6: 6,
        fresh["_id"]: 40,
    }
    assert {document["experiment_id"] for document in stored.values()} == {"click"}


async def test_errors_of_the_server_are_raised(db: ExperimentDB) -> None:
    with pytest.raises(DuplicateKeyError):
        await db.items.insert_one({"_id": 1})
    with pytest.raises(BulkWriteError):
        await db.items.insert_many([{"_id": 1}, {"_id": 8}])
    with pytest.raises(WriteError):
        await db.items.update_one({"_id": 1}, {"$inc": {"experiment": "x"}})
    with pytest.raises(ValueError, match=r"\$"):
        await db.items.update_one({"_id": 1}, {"n": 1})


async def test_text_and_near_queries_work_inside_the_scope(db: ExperimentDB, platform_db: Database) -> None:
    await db.places.create_index([("name", "text")])
    await db.places.create_index([("at", "2dsphere")])
    await db.places.insert_one(
        {"_id": 1, "name": "old harbour", "at": {"type": "Point", "coordinates": [8.5, 53.5]}}
    )
    await platform_db.click_places.insert_one(
        {
            "_id": 99,
            "name": "harbour",
            "at": {"type": "Point", "coordinates": [8.5, 53.5]},
            "experiment_id": "other",
        }
    )
    text = {"$text": {"$search": "harbour"}}
    near = {"at": {"$near": {"$geometry": {"type": "Point", "coordinates": [8.6, 53.6]}}}}
    near_stage = {"near": {"type": "Point", "coordinates": [8.6, 53.6]}, "distanceField": "far"}
    for found in (
        await db.places.find(text).to_list(),
        await db.places.find(near).to_list(),
        await db.places.find({"name": {"$exists": True}, **near}).to_list(),
        await db.places.aggregate([{"$match": text}]).to_list(),
        await db.places.aggregate([{"$geoNear": near_stage}]).to_list(None),
    ):
        assert [place["_id"] for place in found] == [1]


async def test_index_names_carry_the_prefix(db: ExperimentDB, platform_db: Database) -> None:
    await platform_db.click_items.delete_one({"_id": 99})
    assert await db.items.create_index("n") == "click_n_1"
    assert (
        await db.items.create_index([("n", 1), ("m", -1)], name="both", unique=True, sparse=True)
        == "click_both"
    )
    assert await db.items.create_index({"at": 1}, expireAfterSeconds=60) == "click_at_1"
    indexes = await platform_db.click_items.index_information()
    assert set(indexes) == {"_id_", "click_n_1", "click_both", "click_at_1"}
    assert indexes["click_both"]["unique"]
    assert indexes["click_at_1"]["expireAfterSeconds"] == 60


async def test_another_experiments_collection_is_read_through_raw(
    experiment: Open, platform_db: Database
) -> None:
    await experiment("click").hits.insert_many([{"n": 1}, {"n": 2}])
    tracker = experiment("click_tracker", "click")
    assert await tracker.raw.get_collection("click_hits").count_documents({}) == 2
    assert await tracker.raw.click_hits.distinct("n") == [1, 2]
    with pytest.raises(ScopeError):
        await tracker.raw.click_hits.update_many({}, {"$set": {"n": 0}})
    assert await experiment("click_tracker").raw.click_hits.count_documents({}) == 0
    assert await platform_db.list_collection_names() == ["click_hits"]


async def test_sessions_pass_through(db: ExperimentDB) -> None:
    async with await db.database.client.start_session() as session, session.start_transaction():
        await db.items.insert_one({"_id": 5}, session=session)
        assert await db.items.count_documents({}, session=session) == 4
        await session.abort_transaction()
    assert await db.items.count_documents({}) == 3
