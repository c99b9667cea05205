"""The indexes of collections that are built beside those in use: theirs, and those of the new manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from pymongo.errors import OperationFailure

from libs.common.database.client import Database
from libs.common.manifest.indexes import BODY_OF, IndexType, index_keys

log = structlog.get_logger(__name__)

Spec = Mapping[str, Any]
"""An index as `createIndexes` takes it and `listIndexes` gives it."""


async def index_specs(database: Database, collection: str) -> list[Spec]:
    """All but the one on `_id`, which every collection has."""
    found = [dict(index) async for index in database[collection].list_indexes()]
    return [index for index in found if index["key"] != {"_id": 1}]


def managed_specs(slug: str, definitions: Sequence[Mapping[str, Any]]) -> list[Spec]:
    """As hosting creates them (`libs/runtime/managed_indexes.py`), which then finds them; no search indexes."""
    ordinary = [one for one in definitions if IndexType(one["type"]) not in BODY_OF]
    return [
        {
            **{key: value for key, value in (one.get("options") or {}).items() if key != "background"},
            "name": f"{slug}_{one['name']}",
            "key": dict(index_keys(one["keys"]) or []),
        }
        for one in ordinary
    ]


async def create_indexes(database: Database, collection: str, specs: Sequence[Spec]) -> None:
    """Create what can be created in an empty collection; the first of a name counts.

    An index that cannot even be created there is wrong by itself: hosting reports it, and it stops no other.
    """
    created: set[str] = set()
    for spec in specs:
        if spec["name"] in created:
            continue
        try:
            await database.command({"createIndexes": collection, "indexes": [spec]})
        except OperationFailure as error:
            log.warning("an index was not created", index=spec["name"], reason=str(error))
        else:
            created.add(spec["name"])
