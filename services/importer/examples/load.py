"""Put the examples' data into the database, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final

from pymongo.errors import OperationFailure

from libs.common.database.client import Database, Session, in_transaction
from services.importer.examples.generate import GENERATORS, generate

BATCH: Final = 500
"""Documents per insert: about 100 KiB, a few milliseconds of encoding."""
NAMESPACE_EXISTS: Final = 48
"""The server's code for a collection that is there already."""


async def load_examples(database: Database, slugs: Iterable[str] = tuple(GENERATORS)) -> dict[str, int]:
    """Insert the data of each example; returns how many documents of each slug were inserted.

    All of a slug's data or none, in one transaction. Where any collection of the example holds a document already,
    whoever wrote it, nothing is inserted and the count is 0. Two callers at once insert once.
    """
    return {slug: await _load(database, slug) for slug in slugs}


async def _load(database: Database, slug: str) -> int:
    for name in generate(slug):
        await _ensure_collection(database, name)

    async def insert(session: Session) -> int:
        collections = generate(slug)
        for name in collections:
            if await database[name].find_one({}, {"_id": 1}, session=session) is not None:
                return 0
        inserted = 0
        for name, documents in collections.items():
            waiting = iter(documents)
            # Some documents take milliseconds each to make, so batches are made off the event loop.
            while batch := await asyncio.to_thread(list, islice(waiting, BATCH)):
                await database[name].insert_many(batch, session=session)
                inserted += len(batch)
        return inserted

    return await in_transaction(database, insert)


async def _ensure_collection(database: Database, name: str) -> None:
    """Outside the transaction: two that create the same collection conflict as late as at their commit."""
    try:
        await database.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise
