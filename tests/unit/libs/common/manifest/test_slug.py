from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.database.collections import PLATFORM_COLLECTIONS
from libs.common.manifest.slug import InvalidSlug, check_slug, is_reserved, is_slug, owner_of, slug_problem

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)


@pytest.mark.parametrize("slug", ["a", "0", "click", "store-front", "event_zero", "a--b__c-", "x" * 63])
def test_slugs(slug: str) -> None:
    assert is_slug(slug)
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-a",
        "_a",
        "A",
        "a.b",
        "a/b",
        "..",
        "a b",
        "a\n",
        "\na",
        "a\x00",
        "ä",
        "x" * 64,
        "\uff41",
        "a%2f",
        "$a",
    ],
)
def test_what_is_no_slug(text: str) -> None:
    with pytest.raises(InvalidSlug) as refusal:
        check_slug(text, path="slug_id")

    (problem,) = refusal.value.problems
    assert (problem.code, problem.path) == ("invalid-slug", "slug_id")
    assert problem.remedy


@pytest.mark.parametrize("slug", sorted({name.split("_")[0] for name in PLATFORM_COLLECTIONS if "_" in name}))
def test_prefixes_of_platform_collections_are_reserved(slug: str) -> None:
    assert is_reserved(slug)
    problem = slug_problem(slug, path="x")
    assert problem is not None
    assert problem.code == "reserved-slug"


@pytest.mark.parametrize("slug", ["exports", "experiments-2", "job", "jobs", "click"])
def test_others_are_not(slug: str) -> None:
    assert not is_reserved(slug)


class TestOwner:
    def test_the_longest_slug_wins(self) -> None:
        slugs = ["click", "click_tracker", "event", "event_zero"]

        assert owner_of("click_items", slugs) == "click"
        assert owner_of("click_tracker_items", slugs) == "click_tracker"
        assert owner_of("event_zero_x", ["event"]) == "event"
        assert owner_of("clicks", slugs) is None
        assert owner_of("click", slugs) is None
        assert owner_of("click_", slugs) == "click"

    @pytest.mark.parametrize("collection", sorted(PLATFORM_COLLECTIONS))
    def test_platform_collections_belong_to_nobody(self, collection: str) -> None:
        assert owner_of(collection, [collection.split("_", maxsplit=1)[0], collection[:3]]) is None

    @given(st.lists(SLUGS, unique=True), st.text(max_size=5))
    def test_a_collection_has_at_most_one_owner_and_it_is_a_prefix(self, slugs: list[str], rest: str) -> None:
        for slug in slugs:
            owner = owner_of(f"{slug}_{rest}", slugs)
            if owner is not None:
                assert f"{slug}_{rest}".startswith(f"{owner}_")
                assert len(owner) >= len(slug)
