"""The rules of scoping: no filter, update or pipeline of an experiment's leaves its scopes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from async_mongo_wrapper import Scope, ScopeError

SCOPE = Scope("click", ("click", "shop"))
LIMIT = {"experiment_id": {"$in": ["click", "shop"]}}

names = st.sampled_from(
    ["click_a", "shop_a", "secret_a", "click", "experiments_config", "experiment_id", "n", ""]
)
values = st.none() | st.booleans() | st.integers(-3, 3) | names
filters = st.recursive(
    st.dictionaries(names, values | st.fixed_dictionaries({"$in": st.lists(names)}), max_size=2),
    lambda inner: st.fixed_dictionaries({"$or": st.lists(inner, min_size=1, max_size=2)}),
    max_leaves=4,
)
plain_stages = st.one_of(
    st.fixed_dictionaries({"$match": filters}),
    st.fixed_dictionaries({"$geoNear": st.fixed_dictionaries({}, optional={"query": filters})}),
    st.fixed_dictionaries({"$vectorSearch": st.fixed_dictionaries({}, optional={"filter": filters})}),
    st.fixed_dictionaries({"$search": st.just({"text": {}})}),
    st.fixed_dictionaries({"$limit": st.integers(1, 3)}),
    st.fixed_dictionaries({"$unset": names}),
    st.fixed_dictionaries({"$out": names}),
    st.fixed_dictionaries({"$merge": st.fixed_dictionaries({"into": names})}),
    st.fixed_dictionaries({"$collStats": st.just({})}),
    st.fixed_dictionaries({"$documents": st.just([{"n": 1}])}),
    st.fixed_dictionaries({"$unionWith": names}),
    st.fixed_dictionaries({"$graphLookup": st.fixed_dictionaries({"from": names, "as": names})}),
    st.just({"$limit": 1, "$lookup": {"from": "secret_a"}}),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    pipeline = st.lists(inner, max_size=3)
    fusion = st.fixed_dictionaries(
        {"input": st.fixed_dictionaries({"pipelines": st.dictionaries(names, pipeline)})}
    )
    return st.one_of(
        st.fixed_dictionaries({"$facet": st.dictionaries(names, pipeline, max_size=2)}),
        st.fixed_dictionaries(
            {"$lookup": st.fixed_dictionaries({"as": names, "from": names}, optional={"pipeline": pipeline})}
        ),
        st.fixed_dictionaries({"$lookup": st.fixed_dictionaries({"as": names, "pipeline": pipeline})}),
        st.fixed_dictionaries(
            {"$unionWith": st.fixed_dictionaries({"coll": names}, optional={"pipeline": pipeline})}
        ),
        st.fixed_dictionaries({"$rankFusion": fusion}),
    )


pipelines = st.lists(st.recursive(plain_stages, nested, max_leaves=4), max_size=4)


def limited(clause: Any) -> bool:
    return bool(clause == LIMIT or (isinstance(clause, dict) and clause.get("$and", [None])[0] == LIMIT))


def leaks(pipeline: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a pipeline that reads a collection could show beyond the scopes; written apart from the rules it checks."""
    [(name, body)] = pipeline[0].items()
    first = {"$match": body, "$geoNear": dict(body).get("query"), "$vectorSearch": dict(body).get("filter")}
    if name == "$rankFusion":
        for inner in body["input"]["pipelines"].values():
            yield from leaks(inner)
    elif name == "$search":
        if pipeline[1] != {"$match": LIMIT}:
            yield name
    elif not limited(first.get(name)):
        yield name
    yield from joined_leaks(pipeline)


def joined_leaks(pipeline: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for stage in pipeline:
        for name, body in stage.items():
            if name in {"$out", "$merge", "$collStats"}:
                yield name
            elif name == "$facet":
                for inner in body.values():
                    yield from joined_leaks(inner)
            elif name in {"$graphLookup", "$lookup", "$unionWith"}:
                yield from source_leaks(name, body)


def source_leaks(name: str, body: Mapping[str, Any]) -> Iterator[str]:
    source = body.get("from", body.get("coll"))
    if source is None:
        assert "$documents" in body["pipeline"][0]
        yield from joined_leaks(body["pipeline"])
    elif not source.startswith(("click_", "shop_")):
        yield str(source)
    elif name != "$graphLookup":
        yield from leaks(body["pipeline"])
    elif not limited(body["restrictSearchWithMatch"]):
        yield name


@given(filters)
def test_filter_is_joined_to_the_limit_and_left_unchanged(given_filter: dict[str, Any]) -> None:
    before = copy.deepcopy(given_filter)
    scoped = SCOPE.filter(given_filter)
    assert scoped == ({"$and": [LIMIT, before]} if before else LIMIT)
    assert given_filter == before


@pytest.mark.parametrize("given_filter", [None, "x", 5, [("a", 1)]])
def test_filter_that_is_no_mapping_is_refused(given_filter: Any) -> None:
    with pytest.raises(TypeError, match="must be a mapping"):
        SCOPE.filter(given_filter)


@given(pipelines)
def test_no_pipeline_reads_or_writes_beyond_the_scopes(pipeline: list[dict[str, Any]]) -> None:
    before = copy.deepcopy(pipeline)
    try:
        scoped = SCOPE.pipeline(pipeline)
    except ScopeError:
        return
    finally:
        assert pipeline == before
    assert list(leaks(scoped)) == []


def test_first_match_is_joined_so_that_text_stays_first() -> None:
    text = {"$text": {"$search": "x"}}
    assert SCOPE.pipeline([{"$match": text}, {"$limit": 1}]) == [
        {"$match": {"$and": [LIMIT, text]}},
        {"$limit": 1},
    ]


@pytest.mark.parametrize("stage", [{"$sort": {"n": 1}}, {"$group": {"_id": None}}, {"$sample": {"size": 2}}])
def test_other_first_stage_comes_after_a_match(stage: dict[str, Any]) -> None:
    assert SCOPE.pipeline([stage]) == [{"$match": LIMIT}, stage]


def test_vector_search_is_limited_inside_and_stays_first() -> None:
    search = {"index": "v", "path": "e", "queryVector": [0.1], "limit": 3, "numCandidates": 9}
    assert SCOPE.pipeline([{"$vectorSearch": search}]) == [{"$vectorSearch": {**search, "filter": LIMIT}}]
    own = SCOPE.pipeline([{"$vectorSearch": {**search, "filter": {"n": 1}}}])
    assert own == [{"$vectorSearch": {**search, "filter": {"$and": [LIMIT, {"n": 1}]}}}]


def test_search_stays_first_and_is_limited_right_after() -> None:
    search = {"$search": {"text": {"query": "x", "path": "name"}}}
    assert SCOPE.pipeline([search, {"$limit": 1}]) == [search, {"$match": LIMIT}, {"$limit": 1}]


def test_lookup_by_fields_gets_a_limiting_pipeline() -> None:
    lookup = {"from": "shop_items", "localField": "item", "foreignField": "_id", "as": "items"}
    assert SCOPE.pipeline([{"$lookup": lookup}])[1] == {
        "$lookup": {**lookup, "pipeline": [{"$match": LIMIT}]}
    }


def test_lookup_of_literal_documents_reads_no_collection() -> None:
    stage = {"$lookup": {"as": "x", "pipeline": [{"$documents": [{"n": 1}]}, {"$limit": 1}]}}
    assert SCOPE.pipeline([stage]) == [{"$match": LIMIT}, stage]


@pytest.mark.parametrize(
    "stage",
    [
        {"$out": "click_copy"},
        {"$merge": {"into": "click_copy"}},
        {"$lookup": {"from": "secret_items", "as": "x", "pipeline": []}},
        {"$lookup": {"from": {"db": "other", "coll": "click_x"}, "as": "x", "pipeline": []}},
        {"$lookup": {"as": "x", "pipeline": []}},
        {"$unionWith": "secret_items"},
        {"$graphLookup": {"from": "secret_items", "startWith": "$a", "as": "x"}},
        {"$facet": {"a": [{"$lookup": {"from": "secret_items", "as": "x"}}]}},
        {"$searchMeta": {"text": {}}},
        {"$changeStream": {}},
        {"$aStageOfTomorrow": {}},
        {"$match": {}, "$limit": 1},
        {},
    ],
)
def test_stage_that_cannot_be_limited_is_refused(stage: dict[str, Any]) -> None:
    with pytest.raises(ScopeError):
        SCOPE.pipeline([{"$match": {}}, stage])


def test_longest_scope_owns_a_name() -> None:
    scope = Scope("click", ("click", "click_tracker"))
    assert scope.owner("click_tracker_reports") == "click_tracker"
    assert scope.owner("click_reports") == "click"
    assert scope.owner("clicks") is None


@given(st.dictionaries(names, values))
def test_document_is_stamped_whatever_it_says(document: dict[str, Any]) -> None:
    before = dict(document)
    assert SCOPE.document(document) == {**before, "experiment_id": "click"}
    assert document == before


def test_new_document_gets_its_id_where_the_caller_sees_it() -> None:
    document: dict[str, Any] = {"n": 1}
    stamped = SCOPE.new_document(document)
    assert isinstance(document["_id"], ObjectId)
    assert stamped == {"n": 1, "_id": document["_id"], "experiment_id": "click"}
    assert "experiment_id" not in document
    assert SCOPE.new_document({"_id": None})["_id"] is None


def test_upsert_stamps_on_insert_only() -> None:
    assert SCOPE.update({"$inc": {"n": 1}}, upsert=False) == {"$inc": {"n": 1}}
    assert SCOPE.update({"$inc": {"n": 1}}, upsert=True) == {
        "$inc": {"n": 1},
        "$setOnInsert": {"experiment_id": "click"},
    }
    given_update = {"$setOnInsert": {"m": 2}}
    assert SCOPE.update(given_update, upsert=True) == {"$setOnInsert": {"m": 2, "experiment_id": "click"}}
    assert given_update == {"$setOnInsert": {"m": 2}}


@pytest.mark.parametrize("operator", ["$set", "$setOnInsert"])
def test_update_with_a_whole_document_keeps_its_own_stamp(operator: str) -> None:
    update = {operator: {"n": 1, "experiment_id": "click"}}
    assert SCOPE.update(update, upsert=True) == update


def test_update_by_pipeline_stamps_last() -> None:
    update = [{"$replaceWith": {"n": 1}}]
    assert SCOPE.update(update, upsert=False) == [*update, {"$set": {"experiment_id": "click"}}]
    assert update == [{"$replaceWith": {"n": 1}}]


@pytest.mark.parametrize(
    "update",
    [
        {"$set": {"experiment_id": "shop"}},
        {"$set": {"experiment_id.x": 1}},
        {"$unset": {"experiment_id": ""}},
        {"$rename": {"experiment_id": "old"}},
        {"$rename": {"n": "experiment_id"}},
        {"$setOnInsert": {"experiment_id": "secret"}},
    ],
)
def test_update_may_not_change_the_stamp(update: dict[str, Any]) -> None:
    with pytest.raises(ScopeError):
        SCOPE.update(update, upsert=True)


def test_bulk_operations_are_scoped_copies() -> None:
    own = {"$and": [LIMIT, {"n": 1}]}
    given_writes: list[Any] = [
        UpdateOne({"n": 1}, {"$set": {"m": 1}}, upsert=True),
        UpdateMany({"n": 1}, {"$set": {"m": 1}}),
        ReplaceOne({"n": 1}, {"m": 1}, upsert=True),
        DeleteOne({"n": 1}),
        DeleteMany({"n": 1}),
    ]
    stamped = {"$set": {"m": 1}, "$setOnInsert": {"experiment_id": "click"}}
    assert [SCOPE.write(write) for write in given_writes] == [
        UpdateOne(own, stamped, upsert=True),
        UpdateMany(own, {"$set": {"m": 1}}),
        ReplaceOne(own, {"m": 1, "experiment_id": "click"}, upsert=True),
        DeleteOne(own),
        DeleteMany(own),
    ]
    assert given_writes[3] == DeleteOne({"n": 1})


def test_bulk_insert_gives_the_callers_document_its_id() -> None:
    document: dict[str, Any] = {"n": 1}
    assert SCOPE.write(InsertOne(document)) == InsertOne({**document, "experiment_id": "click"})
    assert set(document) == {"n", "_id"}


def test_unknown_bulk_operation_is_refused() -> None:
    with pytest.raises(TypeError, match="bulk_write"):
        SCOPE.write("drop everything")  # type: ignore[arg-type]
