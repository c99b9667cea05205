"""The database as an experiment sees it: its own collections under short names, everything scoped.

`db.clicks` of experiment `counter` is the collection `counter_clicks`; what is inserted is stamped with
`experiment_id`, and what is read, changed or deleted is limited to the scopes that the manifest names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi.requests import HTTPConnection
from motor.motor_asyncio import AsyncIOMotorDatabase

from async_mongo_wrapper import ScopedCollection, ScopedMongoWrapper
from core_deps import get_scoped_db
from mongo_connection_pool import get_shared_mongo_client


class ExperimentDB:
    """Collections by attribute or by `collection(name)`; every name is one of the experiment's own."""

    def __init__(self, scoped_db: ScopedMongoWrapper) -> None:
        self._scoped_db = scoped_db

    @property
    def raw(self) -> ScopedMongoWrapper:
        """The scoped database beneath, which also reads the other experiments that `data_scope` names."""
        return self._scoped_db

    @property
    def database(self) -> AsyncIOMotorDatabase[dict[str, Any]]:
        """The motor database itself, where nothing is scoped."""
        return self._scoped_db.database

    def collection(self, name: str) -> ScopedCollection:
        """The collection `{slug}_{name}`; the way to reach a name that is no Python identifier or begins with `_`."""
        return self._scoped_db.own_collection(name)

    def __getattr__(self, name: str) -> ScopedCollection:
        # Names such as __deepcopy__ or _repr_html_ are questions of Python's, not collections.
        if name.startswith("_"):
            raise AttributeError(f"ExperimentDB has no {name!r}; use collection({name!r})")
        return self.collection(name)

    def __repr__(self) -> str:
        return f"ExperimentDB({self._scoped_db!r})"


def create_actor_database(  # noqa: PLR0917 - experiments may pass these by position
    mongo_uri: str,
    db_name: str,
    write_scope: str,
    read_scopes: Iterable[str],
    max_pool_size: int = 10,
    min_pool_size: int = 1,
    server_selection_timeout_ms: int = 5000,
) -> ExperimentDB:
    """The database of an actor; may be called where no event loop runs yet, and connects when first used."""
    client = get_shared_mongo_client(mongo_uri, max_pool_size, min_pool_size, server_selection_timeout_ms)
    return ExperimentDB(ScopedMongoWrapper(client[db_name], read_scopes, write_scope))


async def get_experiment_db(request: HTTPConnection) -> ExperimentDB:
    """The database of the experiment that serves this request or WebSocket; also a FastAPI dependency.

    Raises: HTTPException 503 where the host has no database.
    """
    return ExperimentDB(await get_scoped_db(request))
