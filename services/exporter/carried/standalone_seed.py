"""Loads the exported data into the database, once.

What was loaded is noted by collection, so that a restart loads nothing twice and an interrupted load is begun again.
A collection that already held documents before is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase

from standalone_data import Document, Dumped, read_collections

NOTES: Final = "standalone_seed"
"""Collection of what was loaded: `{_id: collection, state: "loading" | "done"}`."""
BATCH_BYTES: Final = 4 * 2**20
VIEW: Final = "view"

Database = AsyncIOMotorDatabase[dict[str, Any]]

log = logging.getLogger("standalone")


async def seed(database: Database, folder: Path) -> None:
    """Create the collections with their options, and insert the documents as they were exported."""
    views: list[Dumped] = []
    for dumped in read_collections(folder):
        if dumped.kind == VIEW:
            views.append(dumped)
        else:
            await _seed_collection(database, dumped)
    for view in views:  # after everything that they may look at
        await _seed_collection(database, view)


async def _seed_collection(database: Database, dumped: Dumped) -> None:
    notes = database[NOTES]
    note = await notes.find_one({"_id": dumped.name})
    if note and note["state"] == "done":
        return
    if note:
        await database.drop_collection(dumped.name)
    elif await _is_in_use(database, dumped.name):
        log.info("%s holds documents already and is left alone", dumped.name)
        await notes.insert_one({"_id": dumped.name, "state": "done"})
        return
    await notes.replace_one({"_id": dumped.name}, {"state": "loading"}, upsert=True)
    if dumped.name not in await database.list_collection_names():
        await database.command({"create": dumped.name, **dumped.options})
    collection = database.get_collection(dumped.name)
    for batch in _batches(dumped.documents):
        await _insert(collection, batch)
    await notes.replace_one({"_id": dumped.name}, {"state": "done"})
    log.info("%s: %d documents loaded", dumped.name, dumped.exported)


async def _is_in_use(database: Database, name: str) -> bool:
    return await database[name].find_one({}, {"_id": 1}) is not None


def _batches(documents: Iterable[Document]) -> Iterator[list[RawBSONDocument]]:
    """Encoded here, so that a batch is cut by its size, and bytes that were kept as they were stay so."""
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        raw = document if isinstance(document, RawBSONDocument) else RawBSONDocument(bson.encode(document))
        batch.append(raw)
        size += len(raw.raw)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def _insert(collection: AsyncIOMotorCollection[Any], batch: list[RawBSONDocument]) -> None:
    # Validators may be newer than the documents that they would refuse.
    await collection.insert_many(batch, ordered=True, bypass_document_validation=True)
