from __future__ import annotations

import pytest

from libs.common.archive.writer import write_archive
from libs.common.manifest.comment import slug_of_comment, write_comment


@pytest.mark.parametrize("slug", ["click", "store-front", "a_b", "x" * 63])
@pytest.mark.parametrize("kind", ["standalone", "upload-ready", "docker", "runtime"])
def test_what_is_written_is_read(slug: str, kind: str) -> None:
    comment = write_comment(slug, kind)

    assert slug_of_comment(comment) == slug
    assert b"".join(write_archive([], comment=comment)).endswith(comment)


@pytest.mark.parametrize(
    "comment",
    [
        b"",
        b"click",
        b"Entrepot export of click",
        b"Entrepot export of a b (docker)",
        b"x" * 65_535,
        b"\xff" * 10,
    ],
)
def test_other_comments_say_nothing(comment: bytes) -> None:
    assert slug_of_comment(comment) is None


def test_what_anybody_can_write_is_handed_on_unchecked() -> None:
    assert slug_of_comment(b"Entrepot export of ../etc (docker)") == "../etc"
