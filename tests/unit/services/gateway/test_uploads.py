"""What a client's file name may become."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.uploads import _plain_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, "upload.zip"),
        ("", "upload.zip"),
        ("click_upload.zip", "click_upload.zip"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\ana\\click.zip", "click.zip"),
        ("../..", ".."),
        ("a\x00b\n.zip", "ab.zip"),
        ("\x00", "upload.zip"),
    ],
)
def test_only_the_last_name_counts(sent: str | None, kept: str) -> None:
    assert _plain_name(sent) == kept


@settings(deadline=None)
@given(st.text(max_size=400))
def test_a_name_is_short_printable_and_without_folders(sent: str) -> None:
    name = _plain_name(sent)
    assert 0 < len(name) <= 255
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name
