"""Brings the indexes of an experiment's collections to what its manifest names (`managed_indexes`), with all options.

An index that fails stops no other, and what it replaces is put back. Search, vector and hybrid indexes need MongoDB
Atlas and are skipped elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError

from async_mongo_wrapper import AsyncAtlasIndexManager, SearchUnavailable

SEARCH_TYPES: Final = frozenset({"search", "vectorSearch"})
HYBRID: Final = "hybrid"
HYBRID_PARTS: Final = {"vector_index": ("vector", "vectorSearch"), "text_index": ("text", "search")}
"""The parts of a hybrid index: the ending of the name that a part without one gets, and its type."""
CONFLICTS: Final = frozenset({85, 86})
"""IndexOptionsConflict, IndexKeySpecsConflict: there is another index of that name, or of those keys."""
INTERNAL: Final = frozenset(
    {"v", "key", "name", "ns", "background", "textIndexVersion", "2dsphereIndexVersion"}
)

CREATED: Final = "created"
KEPT: Final = "kept"
CHANGED: Final = "changed"
REMOVED: Final = "removed"
SKIPPED: Final = "skipped: it needs MongoDB Atlas"

Database = AsyncIOMotorDatabase[dict[str, Any]]
Managed = Mapping[str, Sequence[Mapping[str, Any]]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """One index as it is to be on disk; a search index has a definition, all others have keys."""

    name: str
    kind: str
    keys: Sequence[tuple[str, Any]]
    definition: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def is_search(self) -> bool:
        return self.kind in SEARCH_TYPES


def index_names(slug: str, managed: Managed) -> dict[str, list[str]]:
    """The names on disk by collection on disk: what `follow_managed_indexes` is given as `before` the next time."""
    return {
        f"{slug}_{collection}": [wanted.name for one in definitions for wanted in _wanted(slug, one)]
        for collection, definitions in managed.items()
    }


async def follow_managed_indexes(
    database: Database, slug: str, managed: Managed, before: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """Create, change and remove; `before` are the names of an earlier manifest.

    Returns what became of each index by its name on disk: created, kept, changed, removed, skipped or failed.
    """
    now = index_names(slug, managed)
    outcomes: dict[str, str] = {}
    for collection, names in (before or {}).items():
        manager = AsyncAtlasIndexManager(database[collection])
        for name in sorted(set(names) - set(now.get(collection, []))):
            outcomes[name] = await _remove(manager, name)
    for collection, definitions in managed.items():
        manager = AsyncAtlasIndexManager(database[f"{slug}_{collection}"])
        for definition in definitions:
            for wanted in _wanted(slug, definition):
                outcomes[wanted.name] = await _try(manager, wanted)
    for name, outcome in outcomes.items():
        log.log(
            logging.ERROR if outcome.startswith("failed") else logging.INFO, "index %s: %s", name, outcome
        )
    return outcomes


def _wanted(slug: str, definition: Mapping[str, Any]) -> Iterator[Wanted]:
    """A hybrid index is two of them."""
    name, kind = definition["name"], definition["type"]
    if kind == HYBRID:
        for part, (ending, part_kind) in HYBRID_PARTS.items():
            if inner := definition[HYBRID].get(part):
                inner_name = inner.get("name") or f"{name}_{ending}"
                yield Wanted(f"{slug}_{inner_name}", part_kind, (), inner["definition"], {})
    elif kind in SEARCH_TYPES:
        yield Wanted(f"{slug}_{name}", kind, (), definition["definition"], {})
    else:
        yield Wanted(f"{slug}_{name}", kind, _keys(definition["keys"]), {}, definition.get("options") or {})


async def _try(manager: AsyncAtlasIndexManager, wanted: Wanted) -> str:
    try:
        return await (_follow_search if wanted.is_search else _follow)(manager, wanted)
    except SearchUnavailable:
        return SKIPPED
    except (PyMongoError, KeyError, TypeError, ValueError) as error:
        return f"failed: {error}"


async def _follow(manager: AsyncAtlasIndexManager, wanted: Wanted) -> str:
    present = await manager.get_index(wanted.name)
    try:
        await manager.create_index(wanted.keys, name=wanted.name, **wanted.options)
    except OperationFailure as error:
        if error.code not in CONFLICTS or present is None:
            raise
    else:
        return KEPT if present else CREATED
    await manager.drop_index(wanted.name)
    try:
        await manager.create_index(wanted.keys, name=wanted.name, **wanted.options)
    except PyMongoError:
        await _put_back(manager, present)
        raise
    return CHANGED


async def _put_back(manager: AsyncAtlasIndexManager, present: Mapping[str, Any]) -> None:
    """The index as the server described it; a text index is described by its weights."""
    options = {name: value for name, value in present.items() if name not in INTERNAL}
    keys = list(present["key"].items())
    if "weights" in options:
        text = [(field, "text") for field in options["weights"]]
        keys = [pair for key in keys for pair in (text if key[0] == "_fts" else [key]) if pair[0] != "_ftsx"]
    await manager.create_index(keys, name=present["name"], **options)


async def _follow_search(manager: AsyncAtlasIndexManager, wanted: Wanted) -> str:
    present = await manager.get_search_index(wanted.name)
    if present is not None:
        if present.get("latestDefinition") == wanted.definition:
            return KEPT
        await manager.drop_search_index(wanted.name)
    await manager.create_search_index(wanted.name, wanted.definition, wanted.kind, wait_for_ready=False)
    return CHANGED if present else CREATED


async def _remove(manager: AsyncAtlasIndexManager, name: str) -> str:
    try:
        if await manager.get_index(name) is not None:
            await manager.drop_index(name)
        else:
            await manager.drop_search_index(name, wait_for_drop=False)
    except SearchUnavailable:
        return REMOVED  # it was skipped, or somebody removed it before
    except PyMongoError as error:
        return f"failed: {error}"
    return REMOVED


def _keys(keys: Any) -> list[tuple[str, Any]]:
    """An object or a list of pairs; their order counts."""
    pairs = keys.items() if isinstance(keys, Mapping) else keys
    return [(field, direction) for field, direction in pairs]
