"""The database as services and commands want it: reached, in the form of this version, and with all indexes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymongo.errors import AutoReconnect, ExecutionTimeout, WriteConcernError

from libs.common.database.client import Database, DatabaseUnavailable, check, connect
from libs.common.database.collections import ensure_indexes
from libs.common.home import resolve_mongo_uri
from libs.common.migrations.schema import Schema
from libs.common.settings import Settings


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Connected while entered. Raises: DatabaseUnavailable, HomeNotRunning, Misconfigured, SchemaTooNew."""
    database = connect(resolve_mongo_uri(settings), settings.db_name)
    try:
        await check(database)
        await _prepare(database)
        yield database
    finally:
        database.client.close()


async def _prepare(database: Database) -> None:
    try:
        await Schema(database).bring_forward()
        await ensure_indexes(database)
    except (AutoReconnect, ExecutionTimeout, WriteConcernError) as error:  # an election, mostly
        raise DatabaseUnavailable(
            f"The database broke off while its indexes were made: {type(error).__name__}"
        ) from error
