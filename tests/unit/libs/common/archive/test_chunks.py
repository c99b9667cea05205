from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive.chunks import rechunk


@given(chunks=st.lists(st.binary(max_size=20)), size=st.integers(1, 30))
def test_same_bytes_in_equal_chunks(chunks: list[bytes], size: int) -> None:
    cut = list(rechunk(chunks, size))

    assert b"".join(cut) == b"".join(chunks)
    assert all(len(chunk) == size for chunk in cut[:-1])
    assert all(0 < len(chunk) <= size for chunk in cut)


def test_chunks_come_as_soon_as_they_are_full() -> None:
    def source() -> Iterator[bytes]:
        yield b"abc"
        raise AssertionError("read too far")

    assert next(rechunk(source(), 2)) == b"ab"
