"""The driver. motor is deprecated upstream in favour of PyMongo's own async client, so no other module imports it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pymongo
from bson import CodecOptions, UuidRepresentation
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from libs.common.errors import Unavailable

Client = AsyncIOMotorClient[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]
Database = AsyncIOMotorDatabase[dict[str, Any]]
Session = AsyncIOMotorClientSession
Document = dict[str, Any]

T = TypeVar("T")

SELECTION_TIMEOUT_MS = 5_000
"""A primary is elected again within about 2 s; longer means that the database is down."""
OPERATION_TIMEOUT_MS = 30_000
"""No query of ours runs longer; bulk reads set their own deadline."""
CONFLICT_SECONDS = 0.02
"""Longest pause before a conflicting transaction is repeated."""
TRANSACTION_RETRY_SECONDS = 30.0
"""Conflicts pass in milliseconds, elections in seconds, and locks of a killed process with its transaction."""
DURABLE = WriteConcern(w="majority", j=True)


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached just now."""

    code = "database-unavailable"


def connect(uri: str, name: str) -> Database:
    """A database whose writes are durable on a majority; connects when first used. Times are aware, in UTC."""
    client: Client = AsyncIOMotorClient(
        uri,
        appname="entrepot",
        serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
        timeoutMS=OPERATION_TIMEOUT_MS,
        uuidRepresentation="standard",
        tz_aware=True,
    )
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD),
        write_concern=DURABLE,
        read_concern=ReadConcern("majority"),
        read_preference=pymongo.ReadPreference.PRIMARY,
    )


async def check(database: Database) -> None:
    """Reach the primary once. Raises: DatabaseUnavailable."""
    try:
        with pymongo.timeout(SELECTION_TIMEOUT_MS / 1000):
            await database.command("ping")
    except PyMongoError as error:
        raise DatabaseUnavailable(f"The database cannot be reached: {error.__class__.__name__}") from error


async def in_transaction(database: Database, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
    """Run `work` in one transaction; it may run more than once, so it must have no effect but its writes.

    The loop is ours because the driver's `with_transaction` lets a commit's transient error escape
    (specification "Convenient API for Transactions").
    """
    deadline = time.monotonic() + TRANSACTION_RETRY_SECONDS
    async with await database.client.start_session() as session:
        while True:
            session.start_transaction(ReadConcern("snapshot"), DURABLE)
            try:
                result = await work(session)
                await _commit(session, deadline)
            except BaseException as error:
                if session.delegate.in_transaction:
                    await session.abort_transaction()
                if not _may_repeat(error, "TransientTransactionError", deadline):
                    raise
                await asyncio.sleep(random.uniform(0, CONFLICT_SECONDS))  # noqa: S311  (apart from the rival)
            else:
                return result


async def _commit(session: Session, deadline: float) -> None:
    """Commit, and ask again as long as nobody knows whether it succeeded."""
    while True:
        try:
            return await session.commit_transaction()
        except PyMongoError as error:
            if not _may_repeat(error, "UnknownTransactionCommitResult", deadline):
                raise


def _may_repeat(error: BaseException, label: str, deadline: float) -> bool:
    known = isinstance(error, PyMongoError) and error.has_error_label(label)
    return known and time.monotonic() < deadline
