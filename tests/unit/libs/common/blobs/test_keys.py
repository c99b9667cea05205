from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.blobs.keys import InvalidKey, validate_key

PARTS = st.from_regex(re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", re.ASCII), fullmatch=True)


@given(st.lists(PARTS, min_size=1, max_size=8).map("/".join))
def test_plain_relative_paths_are_keys(key: str) -> None:
    assert validate_key(key) == key


@given(st.text(max_size=30))
def test_what_passes_stays_below_its_folder(text: str) -> None:
    try:
        key = validate_key(text)
    except InvalidKey:
        return
    assert key.isascii()
    assert all(part not in {"", ".", ".."} for part in key.split("/"))
    assert not set(key) & set("\\:~%?#\0\n ")


@pytest.mark.parametrize("key", ["...", ".hidden", "a/.b", "-", "x" * 255, "/".join(["x"] * 512)])
def test_odd_but_harmless_names_are_keys(key: str) -> None:
    assert validate_key(key) == key


def test_an_error_shows_no_endless_key() -> None:
    with pytest.raises(InvalidKey) as raised:
        validate_key("x" * 100_000)
    assert len(raised.value.detail) < 300
