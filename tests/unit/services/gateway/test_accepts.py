from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.accepts import wants_file


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, */*;q=0.5", False),
        ("application/zip", True),
        ("APPLICATION/ZIP", True),
        ("application/*", False),
        ("application/zip;q=0.5, application/json", False),
        ("application/zip, application/json;q=0.5", True),
        ("application/zip;q=0", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", True),
        ("text/*", True),
        ("text/html;q=x", False),
        (",;,", False),
    ],
)
def test_who_prefers_the_file(accept: str | None, *, expected: bool) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert wants_file(make_mocked_request("GET", "/", headers=headers)) is expected


@settings(deadline=None)
@given(st.text(max_size=100))
def test_no_header_breaks_it(accept: str) -> None:
    assert wants_file(make_mocked_request("GET", "/", headers={"Accept": accept})) in {True, False}
