"""Sizes of collections, as the database knows them without reading a document."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from pymongo.errors import OperationFailure

from libs.common.database.client import Database
from libs.common.database.kinds import Kind
from libs.common.owned_collections import Found, own_collections
from services.exporter.unreadable import naming

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


@dataclass(frozen=True)
class Holding:
    """A collection of an experiment and how large it is; a view takes nothing."""

    found: Found
    size: CollectionSize


async def holdings_of(database: Database, slug: str) -> list[Holding]:
    """All collections of an experiment, by name. Raises: CollectionUnreadable."""
    found = await own_collections(database, slug)
    sizes = await asyncio.gather(*(_size(database, each) for each in found))
    return [Holding(each, size) for each, size in zip(found, sizes, strict=True)]


async def _size(database: Database, found: Found) -> CollectionSize:
    if found.kind is Kind.VIEW:
        return CollectionSize(0, 0)
    with naming(found):
        return await size_of(database, found.name)


async def size_of(database: Database, collection: str) -> CollectionSize:
    """Of a collection that is no view; of one that was dropped meanwhile, nothing."""
    try:
        told = await database.command("dataSize", f"{database.name}.{collection}", estimate=True)
    except (
        OperationFailure
    ):  # time series, sharded collections and small hosted clusters know only the other way
        return await _size_by_storage(database, collection)
    return CollectionSize(documents=int(told["numObjects"]), size=int(told["size"]))


async def _size_by_storage(database: Database, collection: str) -> CollectionSize:
    """Ten times as much work for the server, which tells all about how the collection is stored."""
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
