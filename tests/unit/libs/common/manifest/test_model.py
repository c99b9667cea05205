from __future__ import annotations

import json
from typing import Any

import bson
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.manifest.model import MAX_BYTES, MAX_DEPTH, Manifest, Status, depth_of, read_manifest


def codes(manifest: Any) -> list[str]:
    content = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    return [problem.code for problem in read_manifest(content)[1]]


def test_an_empty_manifest_is_active() -> None:
    manifest, problems = read_manifest(b"{}")

    assert problems == []
    assert manifest is not None
    assert manifest.status is Status.ACTIVE
    assert manifest.slugs() == {}


def test_a_full_manifest_keeps_unknown_keys() -> None:
    manifest, problems = read_manifest(
        b"""\xef\xbb\xbf{"slug": "click", "slug_id": "click", "name": "Click", "status": "draft", "auth_required": true,
        "auth_policy": {"roles": ["x"]}, "data_scope": ["self", "click_tracker"], "schema_version": "2.0",
        "managed_indexes": {"items": [{"name": "by_t", "type": "regular", "keys": [["t", 1], ["u", -1]]}]},
        "developer_id": "d", "custom": {"deep": [1, 2.5, null]}}"""
    )

    assert problems == []
    assert manifest is not None
    assert manifest.slugs() == {"slug": "click", "slug_id": "click"}
    assert manifest.model_extra == {
        "auth_policy": {"roles": ["x"]},
        "developer_id": "d",
        "custom": {"deep": [1, 2.5, None]},
    }


def test_read_scopes_begin_with_the_own_slug() -> None:
    assert Manifest().read_scopes("a") == ["a"]
    assert Manifest(data_scope=["b", "self", "b"]).read_scopes("a") == ["a", "b"]


@pytest.mark.parametrize("content", [b"", b"{", b"nope", b'{"a": NaN}', b"\xff", b"[" * 100_000, b"{} {}"])
def test_what_is_no_json(content: bytes) -> None:
    assert codes(content) == ["manifest-invalid-json"]


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"1", b"null"])
def test_what_is_no_object(content: bytes) -> None:
    assert codes(content) == ["manifest-not-an-object"]


def test_each_wrong_value_is_named() -> None:
    manifest = {
        "status": "open",
        "data_scope": "self",
        "managed_indexes": [],
        "auth_required": "maybe",
        "name": 1,
    }

    _, problems = read_manifest(json.dumps(manifest).encode())

    assert {problem.message.split(":")[0] for problem in problems} == set(manifest)


def test_errors_of_json_have_their_line() -> None:
    (problem,) = read_manifest(b'{\n "a": 1,\n oops\n}')[1]

    assert problem.line == 3


def test_slugs_are_left_to_whoever_knows_the_other_sources() -> None:
    assert codes({"slug": "Not A Slug"}) == []


@pytest.mark.parametrize("scope", ["../x", "A", "", "experiments"])
def test_scopes_are_slugs(scope: str) -> None:
    assert codes({"data_scope": ["self", scope]}) in (["invalid-slug"], ["reserved-slug"])


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        ({"$set": 1}, "manifest-invalid-key"),
        ({"a\x00b": 1}, "manifest-not-storable"),
        ({"n": 2**63}, "manifest-not-storable"),
        ({"x": "y" * MAX_BYTES}, "manifest-too-large"),
    ],
)
def test_what_the_database_cannot_hold(manifest: dict[str, Any], code: str) -> None:
    assert codes(manifest) == [code]


def test_depth_is_limited() -> None:
    def nested(depth: int) -> dict[str, Any]:
        inner: dict[str, Any] = {}
        for _ in range(depth - 1):
            inner = {"x": inner}
        return inner

    assert codes(nested(MAX_DEPTH)) == []
    assert codes(nested(MAX_DEPTH + 1)) == ["manifest-too-deep"]
    assert depth_of([[], {"a": [1]}]) == 3
    assert depth_of(1) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_a_manifest_without_problems_can_be_stored(parsed: dict[str, Any]) -> None:
    content = json.dumps(parsed).encode()

    manifest, problems = read_manifest(content)

    if not problems:
        assert manifest is not None
        assert not any(key.startswith("$") for key in parsed)
        bson.encode(orjson.loads(content))
