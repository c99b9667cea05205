"""The documents of an upload as BSON on disk: which collection lies where, read in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from bson.raw_bson import RawBSONDocument

from libs.common.database.kinds import Kind
from libs.common.errors import Problem

BATCH_BYTES: Final = 4 * 2**20
BATCH_DOCUMENTS: Final = 1_000
"""Bounds of what is held at once; one document may have 16 MiB."""
LENGTH_BYTES: Final = 4


@dataclass(frozen=True)
class Section:
    """A collection of the ZIP; `total` is what it held when it was exported, `documents` what came along."""

    name: str
    kind: Kind
    options: dict[str, Any]
    documents: int
    total: int
    offset: int
    length: int

    @property
    def is_cut(self) -> bool:
        return self.documents < self.total


@dataclass(frozen=True)
class Converted:
    """All collections of an upload; with problems they must not be used."""

    spool: Path
    sections: Sequence[Section]
    problems: Sequence[Problem] = ()


def read_batches(spool: Path, section: Section) -> Iterator[list[RawBSONDocument]]:
    """The documents of a section in order."""
    with spool.open("rb") as file:
        file.seek(section.offset)
        batch: list[RawBSONDocument] = []
        size = 0
        for raw in _documents(file, section.length):
            batch.append(RawBSONDocument(raw))
            size += len(raw)
            if size >= BATCH_BYTES or len(batch) == BATCH_DOCUMENTS:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch


def _documents(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Each document begins with its own length (bsonspec.org)."""
    while length > 0:
        head = file.read(LENGTH_BYTES)
        raw = head + file.read(int.from_bytes(head, "little") - LENGTH_BYTES)
        length -= len(raw)
        yield raw
