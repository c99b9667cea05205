"""Puts new collections in the place of old ones, which are kept: step by step, each of which can be undone.

An ordinary collection is renamed, which takes no time, keeps its indexes and is atomic. A time series can be neither
renamed nor written by `$out`, so it is copied, to an ordinary collection that holds each of its documents as `{d: …}`.
A view is its definition. What has been done shows in which collections exist, so an undo can begin after any crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import bson
from pydantic import BaseModel, ConfigDict
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from libs.common.database.client import Collection, Database
from libs.common.database.kinds import Kind
from services.importer.data.transfer import WRAPPED, batches, insert_raw, raw

NAMESPACE_NOT_FOUND: Final = 26


class Form(BaseModel):
    """A collection without its documents; `indexes` are needed where a copy does not bring them."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    options: bytes
    """Those of createCollection as BSON: their keys could not be keys of a document of ours."""
    indexes: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, kind: Kind, options: Mapping[str, Any], indexes: Sequence[Mapping[str, Any]] = ()) -> Form:
        return cls(kind=kind, options=bson.encode(options), indexes=tuple(map(bson.encode, indexes)))

    @property
    def create(self) -> dict[str, Any]:
        return bson.decode(self.options)


class Item(BaseModel):
    """One collection of a switch: what it was and where that is kept, what it becomes and where that lies ready."""

    model_config = ConfigDict(frozen=True)

    name: str
    before: Form | None = None
    kept: str | None = None
    after: Form | None = None
    staged: str | None = None


async def switch(database: Database, items: Sequence[Item]) -> None:
    """What is written to a collection while it is being switched goes with the old one or is lost."""
    for item in items:
        if item.before is not None:
            await _freeze(database, item.name, item.kept, item.before)
        if item.after is not None:
            await _thaw(database, item.staged, item.name, item.after)


async def undo(database: Database, items: Sequence[Item]) -> None:
    """Everything as it was before `switch`, however far it came; what lay ready lies there again."""
    for item in reversed(items):
        await _undo(database, item)


async def _undo(database: Database, item: Item) -> None:
    present = set(await database.list_collection_names())
    if item.kept is not None and item.kept not in present:
        return  # it was not begun
    if item.after is not None and item.name in present:
        await _take_back(database, item, item.after, present)
    if item.before is None:
        return
    if item.kept is not None:
        await _thaw(database, item.kept, item.name, item.before)
    elif item.name not in await database.list_collection_names():
        await _thaw(database, None, item.name, item.before)


async def _take_back(database: Database, item: Item, after: Form, present: set[str]) -> None:
    """The new collection back to where it lay ready, if it had come from there altogether."""
    if item.staged is None:
        found = await database.list_collections(filter={"name": item.name, "type": Kind.VIEW})
        if [info async for info in found]:
            await database.drop_collection(item.name)
    elif item.staged not in present:
        await _freeze(database, item.name, item.staged, after)
    elif after.kind is Kind.TIMESERIES and item.kept is None:
        await database.drop_collection(item.name)  # a copy that was begun


async def _freeze(database: Database, name: str, to: str | None, form: Form) -> None:
    """Put a collection aside."""
    if to is None:
        await database.drop_collection(name)
    elif form.kind is Kind.TIMESERIES:
        pipeline: list[dict[str, Any]] = [{"$replaceWith": {WRAPPED: "$$ROOT"}}, {"$out": to}]
        read = database[name].with_options(read_concern=ReadConcern("local"))
        await read.aggregate(pipeline).to_list(None)
        await database.drop_collection(name)
    else:
        await _rename(database, name, to)


async def _thaw(database: Database, source: str | None, name: str, form: Form) -> None:
    """Put a collection that lies aside, or a view, in its place; what is there is replaced."""
    if source is None:
        await database.drop_collection(name)
        await database.command({"create": name, **form.create})
    elif form.kind is Kind.TIMESERIES:
        await database.drop_collection(name)
        await database.command({"create": name, **form.create})
        await _unwrap(database[source], database[name])
        if form.indexes:
            await database.command({"createIndexes": name, "indexes": list(map(bson.decode, form.indexes))})
        await database.drop_collection(source)
    else:
        await _rename(database, source, name)


async def _unwrap(source: Collection, target: Collection) -> None:
    async for batch in batches(raw(source).find({})):
        await insert_raw(target, [document[WRAPPED] for document in batch])


async def _rename(database: Database, name: str, to: str) -> None:
    try:
        await database[name].rename(to, dropTarget=True)
    except OperationFailure as error:
        if error.code != NAMESPACE_NOT_FOUND:
            raise
