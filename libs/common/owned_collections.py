"""The collections of an experiment: `{slug}_*`, without those of longer slugs and of the platform (DESIGN §5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.database.kinds import Kind
from libs.common.manifest.slug import owner_of
from libs.common.registry import Registry


@dataclass(frozen=True)
class Found:
    """A collection of an experiment; options are those of createCollection, `uuid` changes when it is made anew."""

    name: str
    kind: Kind
    options: dict[str, Any]
    uuid: Any


async def known_slugs(database: Database) -> set[str]:
    """All slugs that own data, those of deleted experiments too: their data may be kept."""
    registered, deleted = await asyncio.gather(
        Registry(database).slugs(), database[EXPERIMENT_VERSIONS].distinct("slug")
    )
    return {*registered, *deleted}


async def own_collections(
    database: Database, slug: str, *, slugs: Iterable[str] | None = None
) -> list[Found]:
    """The collections of an experiment by name; `slugs` are all known ones, where the caller has them already."""
    known = {*(await known_slugs(database) if slugs is None else slugs), slug}
    listed = await database.list_collections(filter={"name": {"$regex": f"^{slug}_"}})
    infos = [info async for info in listed if owner_of(info["name"], known) == slug]
    return sorted((_found(info) for info in infos), key=lambda found: found.name)


def _found(info: dict[str, Any]) -> Found:
    kind = Kind.CAPPED if info["options"].get("capped") else Kind(info["type"])
    return Found(info["name"], kind, info["options"], info["info"].get("uuid"))
