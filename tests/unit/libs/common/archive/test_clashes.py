from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive.clashes import check_clashes, fold
from tests.unit.libs.common.archive.strategies import PARTS


def codes(*names: str) -> list[tuple[str | None, str]]:
    return [(problem.path, problem.code) for problem in check_clashes(names)]


def test_names_that_stand_together() -> None:
    assert codes("a", "b/a", "b/c/", "b/", "ab", "a.b", "b/c/d") == []


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("a", "a", "duplicate"),
        ("a/", "a/", "duplicate"),
        ("a", "A", "case-clash"),
        ("x/a", "X/b", "case-clash"),
        ("ÄÖ", "äö", "case-clash"),
        ("ü", "u\u0308", "unicode-clash"),
        ("x/ü/a", "x/u\u0308/b", "unicode-clash"),
        ("a²", "a2", "unicode-clash"),
        ("a", "a/b", "file-as-folder"),
        ("a/b", "a", "file-as-folder"),
        ("a/b/c", "a/b", "file-as-folder"),
        ("a/", "a", "file-as-folder"),
    ],
)
def test_names_that_clash(first: str, second: str, code: str) -> None:
    assert codes(first, second) == [(second, code)]
    assert [found for _, found in codes(second, first)] == [code]


def test_each_clash_is_told() -> None:
    assert codes("a", "A", "a", "b", "b/c") == [
        ("A", "case-clash"),
        ("a", "duplicate"),
        ("b/c", "file-as-folder"),
    ]


def test_message_names_the_other_file() -> None:
    (problem,) = check_clashes(["static/Logo.png", "static/logo.png"])

    assert "static/Logo.png" in problem.message
    assert problem.remedy


@given(part=PARTS)
def test_folding_ignores_case_and_form(part: str) -> None:
    assert fold(part) == fold(fold(part))
    assert fold(part) == fold(part.casefold())


@given(names=st.lists(st.sampled_from(["a", "A", "b", "a/b", "A/b", "a/B", "b/", "b/c"]), unique=True))
def test_order_does_not_decide_whether_there_is_a_clash(names: list[str]) -> None:
    assert bool(check_clashes(names)) == bool(check_clashes(reversed(names)))
