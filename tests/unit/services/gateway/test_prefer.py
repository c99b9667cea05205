"""RFC 7240, section 2, and nothing that a client writes breaks it."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.gateway.prefer import Patience

LONGEST = 30.0


def patience(*values: str) -> Patience:
    headers = CIMultiDict([("Prefer", value) for value in values])
    return Patience.of(make_mocked_request("GET", "/", headers=headers), longest=LONGEST)


@pytest.mark.parametrize(
    ("values", "seconds", "applied"),
    [
        ([], LONGEST, None),
        (["wait=5"], 5, "wait=5"),
        (["WAIT = 5"], 5, "wait=5"),
        (['wait="5"'], 5, "wait=5"),
        (["wait=0"], 0, "wait=0"),
        (["wait=900"], LONGEST, "wait=30"),
        (["wait=-1"], LONGEST, None),
        (["wait=1.5"], LONGEST, None),
        (["wait=soon"], LONGEST, None),
        (["wait"], LONGEST, None),
        (["wait=" + "9" * 5000], LONGEST, None),
        (["respond-async"], 0, "respond-async"),
        (["respond-async, wait=10"], 10, "wait=10"),
        (["respond-async", "wait=10"], 10, "wait=10"),
        (["wait=1, wait=2"], 1, "wait=1"),
        (['return=minimal; foo, wait=7; bar="a,b", respond-async'], 7, "wait=7"),
        (['foo="wait=3"'], LONGEST, None),
        ([" " * 8_000 + ", wait=3"], LONGEST, None),
        (["return=representation"], LONGEST, None),
    ],
)
def test_what_is_preferred(values: list[str], seconds: float, applied: str | None) -> None:
    assert patience(*values) == Patience(seconds, applied)


def test_what_was_applied_is_told() -> None:
    assert patience("wait=5").headers() == {"Preference-Applied": "wait=5"}
    assert patience().headers() == {}


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=3))
def test_nobody_waits_longer_than_allowed_whatever_is_sent(values: list[str]) -> None:
    assert 0 <= patience(*values).seconds <= LONGEST
