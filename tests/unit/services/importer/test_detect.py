from __future__ import annotations

import pytest

from services.importer.detect import Detected, Sources, detect_slug


def codes(detected: Detected) -> list[str]:
    assert detected.slug is None
    return [problem.code for problem in detected.problems]


@pytest.mark.parametrize(
    "sources",
    [
        Sources(form="my-exp"),
        Sources(folder="my-exp"),
        Sources(manifest={"slug": "my-exp"}),
        Sources(manifest={"slug_id": "my-exp"}),
        Sources(wrapper="my-exp"),
        Sources(wrapper="my-exp_upload"),
        Sources(wrapper="my-exp_intelligent_export_20250101"),
        Sources(comment="my-exp"),
        Sources(file_name="my-exp_upload.zip"),
        Sources(file_name="my-exp_intelligent_export_20250101T000000.zip"),
    ],
)
def test_each_source_is_enough(sources: Sources) -> None:
    assert detect_slug(sources) == Detected("my-exp")


def test_all_sources_may_agree() -> None:
    sources = Sources(
        folder="a", manifest={"slug": "a", "slug_id": "a"}, wrapper="a", comment="a", file_name="z.zip"
    )

    assert detect_slug(sources).slug == "a"


@pytest.mark.parametrize(
    "sources",
    [
        Sources(folder="a", manifest={"slug": "b"}),
        Sources(manifest={"slug": "a", "slug_id": "b"}),
        Sources(wrapper="a", manifest={"slug": "b"}),
        Sources(wrapper="a_upload", comment="b"),
        Sources(folder="a", comment="b"),
    ],
)
def test_sources_that_disagree_are_named(sources: Sources) -> None:
    detected = detect_slug(sources)

    assert codes(detected) == ["slug-disagreement"]
    assert "'a'" in detected.problems[0].message
    assert "'b'" in detected.problems[0].message


def test_the_form_decides_and_the_others_are_former() -> None:
    sources = Sources(
        form="new", folder="old", manifest={"slug": "older", "slug_id": "new"}, wrapper="No Slug"
    )

    assert detect_slug(sources) == Detected("new", frozenset({"old", "older"}))


def test_the_form_overrides_what_is_no_slug() -> None:
    assert detect_slug(Sources(form="new", folder="Bad Folder", manifest={"slug": "../x"})) == Detected("new")


def test_the_file_name_counts_last() -> None:
    assert detect_slug(Sources(manifest={"slug": "a"}, file_name="b_upload.zip")).slug == "a"


@pytest.mark.parametrize(
    "name", ["upload.zip", "click.zip", "Click_upload.zip", "_upload.zip", "../x_upload.zip"]
)
def test_other_file_names_say_nothing(name: str) -> None:
    assert codes(detect_slug(Sources(file_name=name))) == ["slug-unknown"]


@pytest.mark.parametrize("slug", ["", "A", "a b", "../etc", "a/b", "-a", "a.b", "x" * 64, "ä", "a\n"])
@pytest.mark.parametrize("source", ["form", "folder", "comment", "manifest"])
def test_a_slug_of_any_source_is_checked(source: str, slug: str) -> None:
    given = {
        "form": Sources(form=slug),
        "folder": Sources(folder=slug),
        "comment": Sources(comment=slug),
        "manifest": Sources(manifest={"slug": slug}),
    }[source]

    assert codes(detect_slug(given)) == ["invalid-slug"]


@pytest.mark.parametrize("slug", ["experiments", "export", "experiment", "bus"])
def test_reserved_slugs_are_refused(slug: str) -> None:
    assert codes(detect_slug(Sources(form=slug))) == ["reserved-slug"]


def test_every_fault_is_listed() -> None:
    sources = Sources(folder="Bad", manifest={"slug": "export"})

    assert sorted(codes(detect_slug(sources))) == ["invalid-slug", "reserved-slug", "slug-disagreement"]


def test_a_wrapper_that_is_no_slug_is_only_a_folder() -> None:
    assert detect_slug(Sources(wrapper="My Edited Copy", comment="click")).slug == "click"
