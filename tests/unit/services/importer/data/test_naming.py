from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.database.kinds import Kind
from services.importer.data.naming import Slugs, cut_problems, name_sections
from services.importer.data.sections import Section

LOOKS: list[dict[str, Any]] = [
    {"$lookup": {"from": "old_b", "localField": "x", "foreignField": "y", "as": "z"}},
    {"$graphLookup": {"from": "old_c", "startWith": "$x", "as": "old_b"}},
    {"$unionWith": "old_d"},
    {"$unionWith": {"coll": "old_e", "pipeline": [{"$lookup": {"from": "old_f", "pipeline": []}}]}},
    {"$facet": {"old_b": [{"$unionWith": "old_g"}]}},
    {"$match": {"from": "old_b"}},
]


def section(
    name: str, kind: Kind = Kind.COLLECTION, *, documents: int = 0, total: int = 0, **options: Any
) -> Section:
    return Section(name, kind, options, documents, total, 0, 0)


def codes(found: Section, slugs: Slugs) -> list[str]:
    return [problem.code for problem in name_sections([found], slugs)[1]]


def test_names_stay_under_the_same_slug() -> None:
    named, problems = name_sections([section("click_a"), section("click_b")], Slugs("click"))
    assert ([each.name for each in named], problems) == (["click_a", "click_b"], [])
    assert [each.named_before for each in named] == [None, None]


def test_a_new_slug_renames_collections_and_what_views_look_at() -> None:
    view = section("old_v", Kind.VIEW, viewOn="old_a", pipeline=LOOKS)
    (named,), problems = name_sections([view], Slugs("new", frozenset({"old"})))
    assert problems == []
    assert (named.name, named.named_before, named.options["viewOn"]) == ("new_v", "old_v", "new_a")
    stages = named.options["pipeline"]
    assert stages[0]["$lookup"]["from"] == "new_b"
    assert (stages[1]["$graphLookup"]["from"], stages[1]["$graphLookup"]["as"]) == ("new_c", "old_b")
    assert stages[2]["$unionWith"] == "new_d"
    assert stages[3]["$unionWith"]["coll"] == "new_e"
    assert stages[3]["$unionWith"]["pipeline"][0]["$lookup"]["from"] == "new_f"
    assert stages[4]["$facet"] == {"old_b": [{"$unionWith": "new_g"}]}
    assert stages[5] == LOOKS[5]


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "tokens", "as": "x"}},
        {"$unionWith": {"db": "admin", "coll": "click_a"}},
        {"$lookup": {"from": {"db": "local", "coll": "oplog.rs"}, "as": "x"}},
        {"$facet": {"x": [{"$unionWith": {"coll": "click_a", "pipeline": [{"$unionWith": "secrets"}]}}]}},
    ],
)
def test_views_look_at_nothing_of_others(stage: dict[str, Any]) -> None:
    view = section("click_v", Kind.VIEW, viewOn="click_a", pipeline=[stage])
    assert codes(view, Slugs("click")) == ["foreign-view"]


def test_views_may_look_where_the_experiment_may_read() -> None:
    view = section("click_v", Kind.VIEW, viewOn="shop_a", pipeline=[])
    known = frozenset({"click", "shop"})
    assert codes(view, Slugs("click", known=known)) == ["foreign-view"]
    assert codes(view, Slugs("click", known=known, read=frozenset({"shop"}))) == []


@pytest.mark.parametrize("name", ["other_a", "a", "click", "tokens", "jobs", "system.users", "_kept.1.2"])
def test_what_belongs_to_no_slug_or_another_is_refused(name: str) -> None:
    assert codes(section(name), Slugs("click", known=frozenset({"other"}))) == ["foreign-collection"]


def test_the_longest_slug_wins() -> None:
    assert codes(section("click_tracker_a"), Slugs("click")) == []
    known = frozenset({"click_tracker"})
    assert codes(section("click_tracker_a"), Slugs("click", known=known)) == ["foreign-collection"]


@pytest.mark.parametrize("name", ["click_$x", "click_" + "x" * 200, "click_\0"])
def test_names_that_the_server_refuses(name: str) -> None:
    assert codes(section(name), Slugs("click")) == ["invalid-collection-name"]


def test_two_that_get_one_name() -> None:
    found = [section("a_x"), section("b_x")]
    problems = name_sections(found, Slugs("new", frozenset({"a", "b"})))[1]
    assert [problem.code for problem in problems] == ["collection-twice"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Kind.VIEW, {}),
        (Kind.VIEW, {"viewOn": 7}),
        (Kind.VIEW, {"viewOn": "click_a", "pipeline": "x"}),
        (Kind.COLLECTION, {"viewOn": "click_a"}),
        (Kind.COLLECTION, {"capped": True}),
        (Kind.TIMESERIES, {"timeseries": "at"}),
        (Kind.CAPPED, {}),
        (Kind.COLLECTION, {"storageEngine": {"wiredTiger": {"configString": "x"}}}),
    ],
)
def test_options_that_do_not_fit(kind: Kind, options: dict[str, Any]) -> None:
    assert codes(section("click_c", kind, **options), Slugs("click")) == ["unknown-option"]


def test_cut_collections_are_named() -> None:
    found = [section("click_a", documents=2, total=3), section("click_b", documents=3, total=3)]
    named, _ = name_sections(found, Slugs("click"))
    (problem,) = cut_problems(named)
    assert (problem.code, problem.path) == ("data-cut", "db_collections.json: click_a")
    assert "2 of 3" in problem.message


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["$lookup", "$unionWith", "$facet", "from", "coll", "pipeline", "db", "x"]),
                inner,
            )
        ),
    )
)
def test_no_pipeline_breaks_the_search(pipeline: Any) -> None:
    view = section("click_v", Kind.VIEW, viewOn="click_a", pipeline=pipeline)
    (named,), _ = name_sections([view], Slugs("click"))
    assert named.options["pipeline"] == pipeline or isinstance(pipeline, list)
