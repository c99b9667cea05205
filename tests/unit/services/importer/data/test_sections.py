"""What is held at once is bounded, however many documents there are."""

from __future__ import annotations

from pathlib import Path

import bson
from hypothesis import given
from hypothesis import strategies as st

from libs.common.database.kinds import Kind
from services.importer.data.sections import BATCH_BYTES, BATCH_DOCUMENTS, Section, read_batches


def spooled(folder: Path, sizes: list[int], before: bytes = b"") -> tuple[Path, Section]:
    content = b"".join(bson.encode({"_id": n, "x": b"x" * size}) for n, size in enumerate(sizes))
    path = folder / "spool"
    path.write_bytes(before + content + b"of the next section")
    return path, Section("s_a", Kind.COLLECTION, {}, len(sizes), len(sizes), len(before), len(content))


def test_small_documents_are_counted(tmp_path: Path) -> None:
    batches = list(read_batches(*spooled(tmp_path, [1] * (2 * BATCH_DOCUMENTS + 1), b"of the one before")))
    assert [len(batch) for batch in batches] == [BATCH_DOCUMENTS, BATCH_DOCUMENTS, 1]
    assert [document["_id"] for batch in batches for document in batch] == list(
        range(2 * BATCH_DOCUMENTS + 1)
    )


def test_large_documents_are_weighed(tmp_path: Path) -> None:
    sizes = [BATCH_BYTES // 2] * 5
    for batch in read_batches(*spooled(tmp_path, sizes)):
        assert sum(len(document.raw) for document in batch) < 2 * BATCH_BYTES
        assert len(batch) <= 2


def test_an_empty_section_has_no_batch(tmp_path: Path) -> None:
    assert list(read_batches(*spooled(tmp_path, []))) == []


@given(st.lists(st.integers(0, 300), max_size=30))
def test_all_come_in_order(tmp_path_factory: object, sizes: list[int]) -> None:
    folder = tmp_path_factory.mktemp("spool")  # type: ignore[attr-defined]
    read = [document for batch in read_batches(*spooled(folder, sizes)) for document in batch]
    assert [len(document["x"]) for document in read] == sizes
