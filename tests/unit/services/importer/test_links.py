from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.links import LARGEST, Renaming, rename_manifest

RENAMING = Renaming("new-name", frozenset({"click"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/experiments/click/static/a.css", "/experiments/new-name/static/a.css"),
        ('fetch("/experiments/click")', 'fetch("/experiments/new-name")'),
        ("/experiments/click?x=1 /experiments/click#a", "/experiments/new-name?x=1 /experiments/new-name#a"),
        ("https://host/experiments/click/", "https://host/experiments/new-name/"),
        ("/experiments/click_tracker/", "/experiments/click_tracker/"),
        ("/experiments/click-2/", "/experiments/click-2/"),
        ("/experiments/clicks/", "/experiments/clicks/"),
        ("/my/click/", "/my/click/"),
    ],
)
def test_links_follow_the_slug(before: str, after: str) -> None:
    assert RENAMING.apply("a.html", before.encode()) == after.encode()


def test_of_slugs_that_begin_alike_the_longer_is_found() -> None:
    renaming = Renaming("x", frozenset({"click", "click_tracker"}))

    assert (
        renaming.apply("a.js", b"/experiments/click_tracker/ /experiments/click/")
        == b"/experiments/x/ /experiments/x/"
    )


def test_absolute_imports_follow_a_slug_that_is_an_identifier() -> None:
    source = b"from experiments.click.engine import run\nimport experiments.click_tracker\n"

    renamed = Renaming("fresh", frozenset({"click"})).apply("actor.py", source)

    assert renamed == b"from experiments.fresh.engine import run\nimport experiments.click_tracker\n"


def test_absolute_imports_that_cannot_follow_are_named() -> None:
    source = b"import ray\nfrom experiments.click.engine import run\nray.get_actor('click-actor')\n"

    leftovers = RENAMING.leftovers("actor.py", RENAMING.apply("actor.py", source))

    assert [(problem.path, problem.line) for problem in leftovers] == [("actor.py", 2), ("actor.py", 3)]


@pytest.mark.parametrize("path", ["a.png", "data.bin", "a.woff2", "noextension"])
def test_only_texts_are_touched(path: str) -> None:
    assert not RENAMING.touches(path, 10)


def test_large_files_are_data() -> None:
    assert RENAMING.touches("a.html", LARGEST)
    assert not RENAMING.touches("a.html", LARGEST + 1)


def test_without_a_former_slug_only_the_manifest_is_looked_at() -> None:
    renaming = Renaming("new")

    assert renaming.touches("manifest.json", 10)
    assert not renaming.touches("a.html", 10)
    assert renaming.leftovers("actor.py", b"'click-actor'") == []


class TestManifest:
    def test_only_the_values_change(self) -> None:
        before = b'{ "name" : "x",\n\t"slug":"click" , "slug_id" : "click", "n": 1.0 }\n'

        assert rename_manifest(before, "new") == before.replace(b'"click"', b'"new"')

    def test_a_byte_order_mark_stays(self) -> None:
        assert rename_manifest(b'\xef\xbb\xbf{"slug": "a"}', "b") == b'\xef\xbb\xbf{"slug": "b"}'

    @pytest.mark.parametrize(
        "content",
        [
            b'{"slug": "new"}',
            b'{"slug": "n\\u0065w"}',
            b"{}",
            b'{"a": {"slug": "old"}}',
            b'["slug", "old"]',
            b'{"slug": ',
            b"\xff",
            b"",
            b'{"a":' * 100_000,
        ],
    )
    def test_what_needs_no_change_or_is_no_manifest_stays(self, content: bytes) -> None:
        assert rename_manifest(content, "new") == content

    @given(
        st.dictionaries(
            st.one_of(st.sampled_from(["slug", "slug_id"]), st.text(max_size=5)),
            st.recursive(st.one_of(st.text(), st.integers(), st.none()), st.lists, max_leaves=5),
        ),
        st.sampled_from([None, 2]),
    )
    def test_nothing_else_changes(self, manifest: dict[str, object], indent: int | None) -> None:
        renamed = rename_manifest(json.dumps(manifest, indent=indent).encode(), "new")

        expected = manifest | {key: "new" for key in ("slug", "slug_id") if key in manifest}
        assert json.loads(renamed) == expected
        assert list(json.loads(renamed)) == list(manifest)
