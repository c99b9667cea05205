"""Topic patterns against a literal reading of the AMQP specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.bus.patterns import matches

WORD = st.sampled_from(["export", "import", "completed", ""])
KEYS = st.lists(WORD, min_size=1, max_size=5).map(".".join)
PATTERNS = st.lists(st.one_of(WORD, st.sampled_from(["*", "#"])), min_size=1, max_size=5).map(".".join)


def reference(pattern: list[str], words: list[str]) -> bool:
    """Straight from the text: `*` takes one word, `#` none or more."""
    if not pattern:
        return not words
    first, rest = pattern[0], pattern[1:]
    if first == "#":
        return any(reference(rest, words[taken:]) for taken in range(len(words) + 1))
    return bool(words) and first in ("*", words[0]) and reference(rest, words[1:])


@given(PATTERNS, KEYS)
def test_agrees_with_the_reference(pattern: str, key: str) -> None:
    assert matches(pattern, key) == reference(pattern.split("."), key.split("."))


@given(KEYS)
def test_everything_matches_the_hash_and_itself(key: str) -> None:
    assert matches("#", key)
    assert matches(key, key)


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("export.*", "export.completed", True),
        ("export.*", "export", False),
        ("export.*", "export.completed.twice", False),
        ("export.#", "export", True),
        ("#.completed", "completed", True),
        ("#.completed", "export.completed", True),
        ("*.#.completed", "completed", False),
        ("export", "exports", False),
        ("ex*", "export", False),
        ("*", "", True),
        ("#.#", "a.b.c", True),
    ],
)
def test_examples(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected
