"""Managed indexes of every type, followed over changes of the manifest, on a real server without Atlas."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from libs.common.database.client import Database
from managed_indexes import (
    CHANGED,
    CREATED,
    KEPT,
    REMOVED,
    SKIPPED,
    follow_managed_indexes,
    index_names,
)

EVERY_TYPE: dict[str, list[dict[str, Any]]] = {
    "things": [
        {"name": "one", "type": "regular", "keys": {"sku": 1}, "options": {"unique": True, "sparse": True}},
        {"name": "order", "type": "regular", "keys": [["b", -1], ["a", 1]], "options": {"background": True}},
        {
            "name": "words",
            "type": "text",
            "keys": {"title": "text", "body": "text"},
            "options": {
                "weights": {"title": 5, "body": 1},
                "default_language": "none",
                "language_override": "l",
            },
        },
        {"name": "where", "type": "geospatial", "keys": {"place": "2dsphere"}},
        {"name": "end", "type": "ttl", "keys": {"at": 1}, "options": {"expireAfterSeconds": 60}},
        {
            "name": "some",
            "type": "partial",
            "keys": {"n": 1},
            "options": {"partialFilterExpression": {"n": {"$gt": 5}}},
        },
        {"name": "alike", "type": "vectorSearch", "definition": {"fields": []}},
        {"name": "found", "type": "search", "definition": {"mappings": {"dynamic": True}}},
        {
            "name": "both",
            "type": "hybrid",
            "hybrid": {
                "vector_index": {"name": "both_v", "definition": {"fields": []}},
                "text_index": {"definition": {"mappings": {"dynamic": True}}},
            },
        },
    ]
}
SEARCHES = ("shop_alike", "shop_found", "shop_both_v", "shop_both_text")
ORDINARY = ("shop_one", "shop_order", "shop_words", "shop_where", "shop_end", "shop_some")


async def on_disk(database: Database) -> dict[str, dict[str, Any]]:
    return {index["name"]: index async for index in database["shop_things"].list_indexes()}


def with_index(name: str, **changed: Any) -> dict[str, list[dict[str, Any]]]:
    """The manifest with one definition changed."""
    return {"things": [{**one, **changed} if one["name"] == name else one for one in EVERY_TYPE["things"]]}


async def test_every_type_with_all_its_options(database: Database) -> None:
    outcomes = await follow_managed_indexes(database, "shop", EVERY_TYPE)
    assert outcomes == dict.fromkeys(ORDINARY, CREATED) | dict.fromkeys(SEARCHES, SKIPPED)
    indexes = await on_disk(database)
    assert (indexes["shop_one"]["unique"], indexes["shop_one"]["sparse"]) == (True, True)
    assert list(indexes["shop_order"]["key"].items()) == [("b", -1), ("a", 1)]
    assert indexes["shop_words"]["weights"] == {"title": 5, "body": 1}
    assert indexes["shop_words"]["language_override"] == "l"
    assert indexes["shop_where"]["key"] == {"place": "2dsphere"}
    assert indexes["shop_end"]["expireAfterSeconds"] == 60
    assert indexes["shop_some"]["partialFilterExpression"] == {"n": {"$gt": 5}}


FURTHER: list[dict[str, Any]] = [
    {"name": "hashed", "type": "regular", "keys": {"h": "hashed"}},
    {"name": "any", "type": "regular", "keys": {"$**": 1}, "options": {"wildcardProjection": {"w": 1}}},
    {
        "name": "pair",
        "type": "regular",
        "keys": [["a", 1], ["b", -1]],
        "options": {"unique": True, "collation": {"locale": "de", "strength": 2}},
    },
]


async def test_further_kinds_of_ordinary_indexes(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    found = {"name": "found", "type": "search", "definition": {"mappings": {"dynamic": True}}}
    with caplog.at_level(logging.INFO, "managed_indexes"):
        outcomes = await follow_managed_indexes(database, "my-exp", {"things": [*FURTHER, found]})
        again = await follow_managed_indexes(database, "my-exp", {"things": FURTHER})
    made = {f"my-exp_{one['name']}" for one in FURTHER}
    assert outcomes == dict.fromkeys(made, CREATED) | {"my-exp_found": SKIPPED}
    assert again == dict.fromkeys(made, KEPT)
    indexes = {index["name"]: index async for index in database["my-exp_things"].list_indexes()}
    assert indexes["my-exp_hashed"]["key"] == {"h": "hashed"}
    assert indexes["my-exp_any"]["wildcardProjection"] == {"w": 1}
    assert list(indexes["my-exp_pair"]["key"].items()) == [("a", 1), ("b", -1)]
    assert (indexes["my-exp_pair"]["unique"], indexes["my-exp_pair"]["collation"]["locale"]) == (True, "de")
    assert "my-exp_found: skipped: it needs MongoDB Atlas" in caplog.text


async def test_the_second_time_nothing_changes(database: Database) -> None:
    await follow_managed_indexes(database, "shop", EVERY_TYPE)
    before = await on_disk(database)
    outcomes = await follow_managed_indexes(database, "shop", EVERY_TYPE, index_names("shop", EVERY_TYPE))
    assert {outcomes[name] for name in ORDINARY} == {KEPT}
    assert await on_disk(database) == before


async def test_changed_ones_are_made_anew(database: Database) -> None:
    await follow_managed_indexes(database, "shop", EVERY_TYPE)
    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("end", {"options": {"expireAfterSeconds": 5}}),
        ("order", {"keys": [["a", 1], ["b", -1]]}),
        ("one", {"options": {}}),
        ("words", {"options": {"weights": {"title": 9, "body": 1}, "default_language": "none"}}),
    )
    for name, changed in changes:
        outcomes = await follow_managed_indexes(database, "shop", with_index(name, **changed))
        assert outcomes[f"shop_{name}"] == CHANGED
        index = (await on_disk(database))[f"shop_{name}"]
        assert index.get("expireAfterSeconds") == changed.get("options", {}).get("expireAfterSeconds")
        assert "unique" not in index


async def test_removed_ones_go_and_only_they(database: Database) -> None:
    await database["shop_things"].create_index([("own", 1)], name="shop_own")
    await follow_managed_indexes(database, "shop", EVERY_TYPE)
    fewer = {"things": [one for one in EVERY_TYPE["things"] if one["name"] not in {"end", "alike"}]}
    outcomes = await follow_managed_indexes(database, "shop", fewer, index_names("shop", EVERY_TYPE))
    assert (outcomes["shop_end"], outcomes["shop_alike"]) == (REMOVED, REMOVED)
    assert set(await on_disk(database)) == {"_id_", "shop_own", *ORDINARY} - {"shop_end"}
    outcomes = await follow_managed_indexes(database, "shop", {}, index_names("shop", fewer))
    assert set(await on_disk(database)) == {"_id_", "shop_own"}


async def test_one_that_fails_stops_no_other_and_the_former_stays(database: Database) -> None:
    await follow_managed_indexes(database, "shop", EVERY_TYPE)
    await database["shop_things"].insert_many([{"a": 1, "b": 1, "sku": "x"}, {"a": 1, "b": 1, "sku": "y"}])
    before = await on_disk(database)
    bad = with_index("order", options={"unique": True})
    outcomes = await follow_managed_indexes(database, "shop", bad)
    assert outcomes["shop_order"].startswith("failed")
    assert outcomes["shop_some"] == KEPT
    after = await on_disk(database)
    assert {name: index["key"] for name, index in after.items()} == {
        name: index["key"] for name, index in before.items()
    }


async def test_a_text_index_is_put_back_as_it_was(database: Database) -> None:
    await follow_managed_indexes(database, "shop", EVERY_TYPE)
    before = (await on_disk(database))["shop_words"]
    bad = with_index("words", options={"weights": {"title": 0}})
    outcomes = await follow_managed_indexes(database, "shop", bad)
    assert outcomes["shop_words"].startswith("failed")
    assert (await on_disk(database))["shop_words"] == before
