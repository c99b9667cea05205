"""Sizes of collections, as the database knows them without reading a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pymongo.errors import OperationFailure

from libs.common.database.client import Database

NAMESPACE_NOT_FOUND: Final = 26


@dataclass(frozen=True)
class CollectionSize:
    """Documents and their bytes before compression. A time-series collection knows its documents nowhere: 0."""

    documents: int
    size: int

    def first(self, limit: int) -> CollectionSize:
        """As if there were at most `limit` documents."""
        if self.documents <= limit:
            return self
        return CollectionSize(limit, self.size * limit // self.documents)


async def size_of(database: Database, collection: str) -> CollectionSize:
    """Of a collection that is no view; of one that was dropped meanwhile, nothing."""
    cursor = database[collection].aggregate([{"$collStats": {"storageStats": {}}}])
    try:
        parts = [part["storageStats"] async for part in cursor]  # one part per shard
    except OperationFailure as error:
        if error.code != NAMESPACE_NOT_FOUND:
            raise
        parts = []
    return CollectionSize(
        documents=sum(part.get("count", 0) for part in parts), size=sum(part.get("size", 0) for part in parts)
    )
