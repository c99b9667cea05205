"""Documents are told apart by their lengths, and never taken for whole before they are."""

from __future__ import annotations

from typing import Any

import bson
from hypothesis import given
from hypothesis import strategies as st

from services.exporter.documents import count_documents, end_of_first, split_documents

rows = st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=9)), max_size=6)


@given(rows, st.integers(0, 20))
def test_all_that_are_whole_are_found(rows: list[dict[str, Any]], missing: int) -> None:
    raws = [bson.encode(row) for row in rows]
    joined = b"".join(raws)
    assert count_documents(joined) == len(rows)
    assert list(split_documents(joined)) == raws
    begun = joined[: max(len(joined) - missing, 0)]
    found = list(split_documents(begun))
    assert found == raws[: len(found)]
    assert end_of_first(begun, sum(map(len, found))) is None
    assert found == raws or len(begun) - sum(map(len, found)) < len(raws[len(found)])
