from __future__ import annotations

from typing import Any

import pytest

from libs.common.manifest.indexes import index_faults, index_keys, manifest_index_problems


def faults(definition: dict[str, Any]) -> list[str]:
    return [reason for _, reason in index_faults({"items": [definition]})]


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "regular", "keys": {"a": 1, "b": -1}},
        {"type": "regular", "keys": [["a", 1], ["b", -1]], "options": {"unique": True}},
        {
            "type": "text",
            "keys": {"t": "text"},
            "options": {"weights": {"t": 2}, "default_language": "german"},
        },
        {"type": "geospatial", "keys": {"loc": "2dsphere"}},
        {"type": "ttl", "keys": {"at": 1}, "options": {"expireAfterSeconds": 0}},
        {
            "type": "partial",
            "keys": {"a": 1},
            "options": {"partialFilterExpression": {"a": {"$exists": True}}},
        },
        {"type": "vectorSearch", "definition": {"fields": []}},
        {"type": "search", "definition": {"mappings": {"dynamic": True}}},
        {"type": "hybrid", "hybrid": {"vector_index": {}, "text_index": {}}},
    ],
)
def test_each_type_can_be_defined(definition: dict[str, Any]) -> None:
    assert faults({"name": "x"} | definition) == []


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ({"type": "regular", "keys": {"a": 1}}, "has no name"),
        ({"name": "", "type": "regular", "keys": {"a": 1}}, "has no name"),
        ({"name": "x", "keys": {"a": 1}}, "none of regular, text"),
        ({"name": "x", "type": "btree", "keys": {"a": 1}}, "'btree'"),
        ({"name": "x", "type": "regular"}, "`keys`"),
        ({"name": "x", "type": "regular", "keys": {}}, "`keys`"),
        ({"name": "x", "type": "regular", "keys": [["a"]]}, "`keys`"),
        ({"name": "x", "type": "regular", "keys": [[1, "a"]]}, "`keys`"),
        ({"name": "x", "type": "regular", "keys": {"a": 1}, "options": []}, "`options`"),
        ({"name": "x", "type": "ttl", "keys": {"a": 1}}, "expireAfterSeconds"),
        ({"name": "x", "type": "partial", "keys": {"a": 1}}, "partialFilterExpression"),
        ({"name": "x", "type": "search", "keys": {"a": 1}}, "`definition`"),
        ({"name": "x", "type": "hybrid", "definition": {}}, "`hybrid`"),
    ],
)
def test_what_cannot_be_created(definition: dict[str, Any], reason: str) -> None:
    (fault,) = faults(definition)

    assert reason in fault


def test_a_type_that_cannot_be_hashed() -> None:
    assert len(faults({"name": "x", "type": ["regular"]})) == 1


def test_keys_keep_their_order() -> None:
    assert index_keys({"b": 1, "a": -1}) == index_keys([["b", 1], ["a", -1]]) == [("b", 1), ("a", -1)]
    assert index_keys("a") is None


def test_problems_say_where() -> None:
    managed: dict[str, list[dict[str, Any]]] = {
        "items": [{"name": "x", "type": "regular", "keys": {"a": 1}}, {}],
        "e": [],
    }

    found = manifest_index_problems(managed, path="manifest.json")

    assert [problem.path for problem in found] == [
        "manifest.json: managed_indexes.items[1]",
        "manifest.json: managed_indexes.items[1]",
        "manifest.json: managed_indexes.e",
    ]
