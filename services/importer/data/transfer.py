"""Documents in and out of the database as the bytes that they are, in batches of bounded size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from libs.common.database.client import Collection
from services.importer.data.sections import BATCH_BYTES, BATCH_DOCUMENTS

RAW: Final[CodecOptions[Any]] = CodecOptions(document_class=RawBSONDocument)
QUICK: Final = WriteConcern(w=1)
"""For what is not in use yet: the durable write that puts it to use makes everything before it durable."""
WRAPPED: Final = "d"
"""Field of the documents of a time series while they lie in an ordinary collection: they may share an `_id`."""


def raw(collection: Collection) -> Any:
    """A collection that takes and gives raw documents, also those that no majority has yet."""
    return collection.with_options(codec_options=RAW, write_concern=QUICK, read_concern=ReadConcern("local"))


async def insert_raw(target: Collection, documents: Sequence[Any], *, ordered: bool = True) -> None:
    """Validators may be newer than the documents that they would refuse. Raises: BulkWriteError."""
    await raw(target).insert_many(documents, ordered=ordered, bypass_document_validation=True)


async def batches(cursor: Any) -> AsyncIterator[list[RawBSONDocument]]:
    """What a cursor of raw documents gives, in batches."""
    batch: list[RawBSONDocument] = []
    size = 0
    async for document in cursor:
        batch.append(document)
        size += len(document.raw)
        if size >= BATCH_BYTES or len(batch) == BATCH_DOCUMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
