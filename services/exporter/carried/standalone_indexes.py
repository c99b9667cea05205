"""Creates the indexes that the manifest names (`managed_indexes`), each with all its options.

An index that fails stops no other. Search, vector and hybrid indexes need MongoDB Atlas and are skipped elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import PyMongoError

from async_mongo_wrapper import AsyncAtlasIndexManager, SearchUnavailable

SEARCH_TYPES: Final = frozenset({"search", "vectorSearch"})
HYBRID: Final = "hybrid"
HYBRID_PARTS: Final = {"vector_index": "vectorSearch", "text_index": "search"}

Definition = Mapping[str, Any]

log = logging.getLogger("standalone")


async def create_managed_indexes(
    database: AsyncIOMotorDatabase[dict[str, Any]], slug: str, managed: Mapping[str, Sequence[Definition]]
) -> dict[str, str]:
    """Returns what became of each index, by its name on disk: created, skipped or failed, with the reason."""
    outcomes: dict[str, str] = {}
    for collection, definitions in managed.items():
        manager = AsyncAtlasIndexManager(database[f"{slug}_{collection}"])
        for definition in definitions:
            name = f"{slug}_{definition['name']}"
            outcome = await _try(manager, name, definition)
            log.log(
                logging.ERROR if outcome.startswith("failed") else logging.INFO, "index %s: %s", name, outcome
            )
            outcomes[name] = outcome
    return outcomes


async def _try(manager: AsyncAtlasIndexManager, name: str, definition: Definition) -> str:
    try:
        await _create(manager, name, definition)
    except SearchUnavailable:
        return "skipped: it needs MongoDB Atlas"
    except (PyMongoError, KeyError, TypeError, ValueError) as error:
        return f"failed: {error}"
    return "created"


async def _create(manager: AsyncAtlasIndexManager, name: str, definition: Definition) -> None:
    kind = definition["type"]
    if kind == HYBRID:
        for part, part_kind in HYBRID_PARTS.items():
            inner = definition[HYBRID].get(part)
            if inner:
                await _create_search(manager, f"{name}_{part}", inner["definition"], part_kind)
    elif kind in SEARCH_TYPES:
        await _create_search(manager, name, definition["definition"], kind)
    else:
        await manager.create_index(_keys(definition["keys"]), name=name, **definition.get("options", {}))


async def _create_search(
    manager: AsyncAtlasIndexManager, name: str, definition: Mapping[str, Any], kind: str
) -> None:
    if await manager.get_search_index(name) is None:
        await manager.create_search_index(name, definition, kind, wait_for_ready=False)


def _keys(keys: Any) -> list[tuple[str, Any]]:
    """An object or a list of pairs; their order counts."""
    pairs = keys.items() if isinstance(keys, Mapping) else keys
    return [(field, direction) for field, direction in pairs]
