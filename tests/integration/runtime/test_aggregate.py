"""Pipelines against a real MongoDB: joins within the scopes work, and nothing beyond them is ever read or written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.errors import OperationFailure

from async_mongo_wrapper import Database, ScopeError
from experiment_db import ExperimentDB
from tests.integration.runtime.conftest import Open

SECRET = "SECRET"


@pytest.fixture
async def db(experiment: Open, platform_db: Database) -> ExperimentDB:
    """`click` may read `shop`. In each collection lies one document that is nobody's business but a stranger's."""
    for slug in ("click", "shop", "stranger"):
        for name in ("items", "orders"):
            owner = slug if slug != "stranger" else "stranger"
            await platform_db[f"{slug}_{name}"].insert_many(
                [
                    {"_id": f"{slug}1", "n": 1, "ref": "shop1", "note": _note(owner), "experiment_id": owner},
                    {
                        "_id": f"{slug}2",
                        "n": 2,
                        "ref": "click1",
                        "note": _note(owner),
                        "experiment_id": owner,
                    },
                    {"_id": "hidden", "n": 1, "ref": "click1", "note": SECRET, "experiment_id": "stranger"},
                    {"_id": "unstamped", "n": 2, "ref": "hidden", "note": SECRET},
                ]
            )
    return experiment("click", "shop")


def _note(owner: str) -> str:
    return SECRET if owner == "stranger" else "open"


async def run(db: ExperimentDB, *pipeline: dict[str, Any]) -> list[Any]:
    return list(await db.items.aggregate(list(pipeline)).to_list(None))


async def test_stages_see_own_documents_only(db: ExperimentDB) -> None:
    assert await run(db, {"$sort": {"_id": 1}}, {"$project": {"n": 1}}) == [
        {"_id": "click1", "n": 1},
        {"_id": "click2", "n": 2},
    ]
    assert await run(db, {"$group": {"_id": "$note", "sum": {"$sum": "$n"}}}) == [{"_id": "open", "sum": 3}]
    assert await run(db, {"$count": "all"}) == [{"all": 2}]
    assert await run(db, {"$match": {"experiment_id": "stranger"}}) == []
    assert len(await run(db)) == 2


async def test_lookup_by_fields_joins_within_the_scopes(db: ExperimentDB) -> None:
    join = {"from": "shop_items", "localField": "n", "foreignField": "n", "as": "same"}
    found = await run(db, {"$sort": {"_id": 1}}, {"$lookup": join})
    assert [[same["_id"] for same in item["same"]] for item in found] == [["shop1"], ["shop2"]]


async def test_lookup_by_pipeline_joins_within_the_scopes(db: ExperimentDB) -> None:
    inner = [{"$match": {"$expr": {"$eq": ["$n", "$$n"]}}}, {"$project": {"_id": 1}}]
    join = {"from": "click_orders", "let": {"n": "$n"}, "pipeline": inner, "as": "same"}
    found = await run(db, {"$sort": {"_id": 1}}, {"$lookup": join})
    assert [item["same"] for item in found] == [[{"_id": "click1"}], [{"_id": "click2"}]]


async def test_union_and_facet(db: ExperimentDB) -> None:
    everything: list[dict[str, Any]] = [
        {"$unionWith": "shop_items"},
        {"$sort": {"_id": 1}},
        {"$project": {"_id": 1}},
    ]
    expected = [{"_id": key} for key in ("click1", "click2", "shop1", "shop2")]
    assert await run(db, *everything) == expected
    assert await run(db, {"$facet": {"all": everything}}) == [{"all": expected}]


async def test_graph_lookup_follows_references_within_the_scopes(db: ExperimentDB) -> None:
    walk = {
        "from": "shop_items",
        "startWith": "shop1",
        "connectFromField": "ref",
        "connectToField": "_id",
        "as": "path",
        "restrictSearchWithMatch": {"n": {"$lte": 2}},
    }
    [found] = await run(db, {"$limit": 1}, {"$graphLookup": walk})
    assert [step["_id"] for step in found["path"]] == ["shop1"]


async def test_literal_documents_may_be_joined(db: ExperimentDB) -> None:
    stage = {"$lookup": {"pipeline": [{"$documents": [{"x": 1}]}], "as": "literal"}}
    [first, *_] = await run(db, stage)
    assert first["literal"] == [{"x": 1}]


async def test_writing_stages_are_refused_and_write_nothing(db: ExperimentDB, platform_db: Database) -> None:
    before = set(await platform_db.list_collection_names())
    for stage in ({"$out": "stranger_items"}, {"$merge": {"into": "click_copy"}}):
        with pytest.raises(ScopeError):
            await run(db, stage)
    assert set(await platform_db.list_collection_names()) == before


collections = st.sampled_from([f"{slug}_items" for slug in ("click", "shop", "stranger")])
fields = st.sampled_from(["_id", "n", "ref", "note", "experiment_id"])


def combine(operator: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {operator: parts}


tests = st.sampled_from([SECRET, "stranger", "hidden", 1, {"$exists": True}, {"$ne": "x"}])
conditions = st.recursive(
    st.dictionaries(fields, tests, max_size=2),
    lambda inner: st.builds(
        combine, st.sampled_from(["$or", "$nor", "$and"]), st.lists(inner, min_size=1, max_size=2)
    ),
    max_leaves=3,
)
simple_stages = st.one_of(
    conditions.map(lambda condition: {"$match": condition}),
    st.just({"$set": {"experiment_id": "stranger"}}),
    st.just({"$replaceWith": {"all": "$$ROOT"}}),
    fields.map(lambda field: {"$unset": field}),
    fields.map(lambda field: {"$group": {"_id": f"${field}", "notes": {"$push": "$$ROOT"}}}),
    collections.map(lambda name: {"$unionWith": name}),
    collections.map(lambda name: {"$out": name}),
)


def lookup(source: str, stages: list[Any]) -> dict[str, Any]:
    return {"$lookup": {"from": source, "pipeline": stages, "as": "joined"}}


def lookup_by_fields(source: str, mine: str, theirs: str) -> dict[str, Any]:
    return {"$lookup": {"from": source, "localField": mine, "foreignField": theirs, "as": "joined"}}


def graph_lookup(source: str, field: str) -> dict[str, Any]:
    walk = {"startWith": f"${field}", "connectFromField": field, "connectToField": "ref", "as": "walked"}
    return {"$graphLookup": {"from": source, **walk}}


def with_joins(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    stages = st.lists(inner, max_size=2)
    return st.one_of(
        stages.map(lambda given: {"$facet": {"x": given}}),
        st.builds(
            lambda source, given: {"$unionWith": {"coll": source, "pipeline": given}}, collections, stages
        ),
        st.builds(lookup, collections, stages),
        st.builds(lookup_by_fields, collections, fields, fields),
        st.builds(graph_lookup, collections, fields),
    )


@given(pipeline=st.lists(st.recursive(simple_stages, with_joins, max_leaves=3), max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_pipeline_shows_or_changes_what_is_anothers(
    db: ExperimentDB, platform_db: Database, pipeline: list[dict[str, Any]]
) -> None:
    try:
        shown = await run(db, *pipeline)
    except (ScopeError, OperationFailure):
        return
    assert SECRET not in repr(shown)
    assert await platform_db.stranger_items.count_documents({"note": SECRET}) == 4


@given(condition=conditions)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_filter_shows_or_changes_what_is_anothers(
    db: ExperimentDB, platform_db: Database, condition: dict[str, Any]
) -> None:
    assert SECRET not in repr(await db.items.find(condition).to_list())
    assert SECRET not in await db.items.distinct("note", condition)
    await db.items.update_many(condition, {"$set": {"seen": True}})
    await db.items.delete_many({"$and": [condition, {"_id": "hidden"}]})
    assert await platform_db.click_items.count_documents({"note": SECRET, "seen": {"$exists": False}}) == 2
