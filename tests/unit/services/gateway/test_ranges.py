from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.ranges import Span, requested_span

ETAG = '"tag"'


def span(wanted: str, size: int, method: str = "GET", **headers: str) -> Span:
    request = make_mocked_request(method, "/", headers={"Range": wanted, **headers})
    return requested_span(request, size=size, etag=ETAG)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 100))
def test_a_range_is_what_a_slice_is(first: int, last: int, size: int) -> None:
    content = bytes(range(size))
    if first >= size and last >= first:
        with pytest.raises(web.HTTPRequestRangeNotSatisfiable):
            span(f"bytes={first}-{last}", size)
        return

    found = span(f"bytes={first}-{last}", size)

    expected = content[first : last + 1] if last >= first else content
    assert content[found.start : found.stop] == expected
    assert found.length == len(expected)


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 100))
def test_a_suffix_is_the_end(count: int, size: int) -> None:
    content = bytes(range(size))
    found = span(f"bytes=-{count}", size)

    assert content[found.start : found.stop] == content[-count:]


def test_an_empty_file_has_no_ranges() -> None:
    with pytest.raises(web.HTTPRequestRangeNotSatisfiable):
        span("bytes=0-", 0)


def test_only_get_and_only_the_same_version_have_ranges() -> None:
    assert span("bytes=1-2", 10, method="HEAD").is_whole
    assert span("bytes=1-2", 10, **{"If-Range": '"other"'}).is_whole
    assert span("bytes=1-2", 10, **{"If-Range": ETAG}) == Span(1, 3, 10)
    assert Span(1, 3, 10).content_range() == "bytes 1-2/10"
