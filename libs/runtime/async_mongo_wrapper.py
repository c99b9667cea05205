"""MongoDB seen through the scopes of one experiment.

Every read, update, delete, count and aggregation is limited to documents whose `experiment_id` is one of the read
scopes, and every document that is written carries the write scope. The limit is joined to the caller's filter by
`$and`, so that no filter of the caller's widens it. Filters, pipelines and documents of the caller are copied, never
changed, but for the `_id` that an insert sets, as PyMongo does.

This keeps experiments from meeting each other's data by accident; it is no wall against malice, since experiments may
reach the unscoped database.
"""

# Parameter names and defaults are PyMongo's, or those that experiments already use.
# ruff: noqa: A001, A002, ASYNC109, PLR0917

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bson import ObjectId
from motor.motor_asyncio import (
    AsyncIOMotorCollection,
    AsyncIOMotorCommandCursor,
    AsyncIOMotorCursor,
    AsyncIOMotorDatabase,
)
from pymongo import (
    DeleteMany,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo.errors import InvalidOperation, OperationFailure, PyMongoError
from pymongo.operations import SearchIndexModel
from pymongo.results import BulkWriteResult, DeleteResult, InsertManyResult, InsertOneResult, UpdateResult

Document: TypeAlias = dict[str, Any]
Filter: TypeAlias = Mapping[str, Any]
Stage: TypeAlias = Mapping[str, Any]
Update: TypeAlias = Mapping[str, Any] | Sequence[Stage]
Keys: TypeAlias = str | Mapping[str, Any] | Sequence[str | tuple[str, Any]]
WriteModel: TypeAlias = (
    InsertOne[Document] | UpdateOne | UpdateMany | ReplaceOne[Document] | DeleteOne | DeleteMany
)
Collection: TypeAlias = AsyncIOMotorCollection[Document]
Database: TypeAlias = AsyncIOMotorDatabase[Document]

FIELD = "experiment_id"

# fmt: off
PLAIN_STAGES = frozenset({
    "$addFields", "$bucket", "$bucketAuto", "$count", "$densify", "$fill", "$group", "$limit",
    "$match", "$project", "$redact", "$replaceRoot", "$replaceWith", "$sample",
    "$set", "$setWindowFields", "$skip", "$sort", "$sortByCount", "$unset", "$unwind",
})
# fmt: on
"""Stages that see only what the stage before them hands on. A stage in neither list of this module is refused: what a
newer server adds may read or write another collection."""

SEARCH_UNSUPPORTED_CODES = frozenset({59, 115, 31082, 40324})
"""CommandNotFound, CommandNotSupported, SearchNotEnabled and unknown stage: a server without Atlas Search."""
SEARCH_READY_SECONDS = 300
"""Atlas builds a search index over a few thousand documents in one to three minutes."""
POLL_SECONDS = 1.0
"""Atlas shows a change of an index's state only to those who ask."""


class ScopeError(InvalidOperation):
    """The operation would leave the scopes of this experiment."""


class SearchUnavailable(PyMongoError):
    """Search and vector indexes need MongoDB Atlas; this server has no Atlas Search."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__ or "")


class SearchIndexFailed(PyMongoError):
    """Atlas could not build the search index."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules: what one experiment may read, and the stamp on what it writes."""

    slug: str
    readable: tuple[str, ...]

    def owner(self, on_disk: str) -> str | None:
        """The scope whose prefix a collection's name on disk carries; the longest wins (`click`, `click_tracker`)."""
        scopes = {self.slug, *self.readable}
        return max((scope for scope in scopes if on_disk.startswith(f"{scope}_")), key=len, default=None)

    def limit(self) -> Document:
        return {FIELD: {"$in": list(self.readable)}}

    def filter(self, given: Filter) -> Document:
        if not isinstance(given, Mapping):
            raise TypeError(f"filter must be a mapping, not {type(given).__name__}")
        return {"$and": [self.limit(), given]} if given else self.limit()

    def document(self, given: Mapping[str, Any]) -> Document:
        return {**given, FIELD: self.slug}

    def new_document(self, given: Mapping[str, Any]) -> Document:
        """A stamped copy. The caller's document gets its `_id` here, as it would from PyMongo."""
        if "_id" not in given and isinstance(given, MutableMapping):
            given["_id"] = ObjectId()
        return self.document(given)

    def update(self, given: Update, upsert: bool) -> Update:
        if not isinstance(given, Mapping):
            # A pipeline may rebuild the whole document, so the stamp comes last.
            return [*given, {"$set": {FIELD: self.slug}}]
        stamps = any(self._stamps(operator, fields) for operator, fields in given.items())
        if stamps or not upsert:
            return given
        return {**given, "$setOnInsert": {**given.get("$setOnInsert", {}), FIELD: self.slug}}

    def _stamps(self, operator: str, fields: Any) -> bool:
        """Whether this operator sets the stamp itself, as an update with a whole document does."""
        if not isinstance(fields, Mapping):
            return False
        if operator in {"$set", "$setOnInsert"} and fields.get(FIELD) == self.slug:
            return True
        targets = [*fields, *fields.values()] if operator == "$rename" else [*fields]
        if any(isinstance(target, str) and target.split(".")[0] == FIELD for target in targets):
            raise ScopeError(f"{operator} may not change {FIELD}")
        return False

    def write(self, given: WriteModel) -> WriteModel:
        model = copy.copy(given)
        match model:
            case InsertOne():
                model._doc = self.new_document(model._doc)
                return model
            case ReplaceOne():
                model._doc = self.document(model._doc)
            case UpdateOne() | UpdateMany():
                model._doc = self.update(model._doc, bool(model._upsert))
            case DeleteOne() | DeleteMany():
                pass
            case _:
                raise TypeError(f"{given!r} is not a write that bulk_write knows")
        model._filter = self.filter(model._filter)
        return model

    def pipeline(self, given: Sequence[Stage]) -> list[Stage]:
        """A pipeline that reads a collection: what comes in is limited before any stage sees it."""
        if not given:
            return [{"$match": self.limit()}]
        return [*self._source(given[0]), *self.stages(given[1:])]

    def _source(self, stage: Stage) -> list[Stage]:
        """A first stage, with the limit at the place where the server takes it.

        `$match` is joined, not preceded, because `$text` may only stand in a pipeline's very first `$match`.
        """
        name, body = _only(stage)
        match name:
            case "$match":
                return [{name: self.filter(body)}]
            case "$geoNear":
                return [{name: {**body, "query": self.filter(body.get("query", {}))}}]
            case "$vectorSearch":
                return [{name: {**body, "filter": self.filter(body.get("filter", {}))}}]
            case "$search":
                # A clause inside would need an index with experiment_id as a token; this holds with every index.
                return [stage, {"$match": self.limit()}]
            case "$rankFusion" | "$scoreFusion":
                inputs = {key: self.pipeline(inner) for key, inner in body["input"]["pipelines"].items()}
                return [{name: {**body, "input": {**body["input"], "pipelines": inputs}}}]
            case _:
                return [{"$match": self.limit()}, self._stage(stage)]

    def stages(self, given: Iterable[Stage]) -> list[Stage]:
        return [self._stage(stage) for stage in given]

    def _stage(self, stage: Stage) -> Stage:
        name, body = _only(stage)
        if name in PLAIN_STAGES:
            return stage
        match name:
            case "$facet":
                return {name: {key: self.stages(inner) for key, inner in body.items()}}
            case "$lookup":
                return {name: self._joined(body, "from")}
            case "$unionWith":
                return {name: self._joined({"coll": body} if isinstance(body, str) else body, "coll")}
            case "$graphLookup":
                self._check_readable(body["from"])
                restriction = self.filter(body.get("restrictSearchWithMatch", {}))
                return {name: {**body, "restrictSearchWithMatch": restriction}}
            case "$out" | "$merge":
                raise ScopeError(f"{name} writes past the scopes; read the results and use bulk_write")
            case _:
                raise ScopeError(f"{name} cannot be limited to the scopes of {self.slug!r} here")

    def _joined(self, body: Mapping[str, Any], source: str) -> Document:
        """The body of a stage that brings in another collection, or literal `$documents` where it names none."""
        inner: Sequence[Stage] = body.get("pipeline", [])
        if source in body:
            self._check_readable(body[source])
            return {**body, "pipeline": self.pipeline(inner)}
        if not inner or _only(inner[0])[0] != "$documents":
            raise ScopeError(f"a stage without {source!r} must begin with $documents")
        return {**body, "pipeline": [inner[0], *self.stages(inner[1:])]}

    def _check_readable(self, on_disk: Any) -> None:
        if not isinstance(on_disk, str) or self.owner(on_disk) is None:
            raise ScopeError(
                f"{on_disk!r} is no collection of {', '.join(self.readable)}; write {{slug}}_{{name}}"
            )


def _only(stage: Stage) -> tuple[str, Any]:
    if not isinstance(stage, Mapping) or len(stage) != 1:
        raise ScopeError("a pipeline stage must be a mapping with exactly one key")
    return next(iter(stage.items()))


class ScopedCollection:
    """A collection with PyMongo's methods, each limited to the scopes; a collection of another experiment is read-only.

    What is not listed here does not exist, so nothing reaches the collection unscoped. Errors are PyMongo's own;
    besides, every method may raise ScopeError.
    """

    def __init__(self, collection: Collection, scope: Scope, *, writable: bool) -> None:
        self._collection = collection
        self._scope = scope
        self._writable = writable

    @property
    def name(self) -> str:
        """The name on disk."""
        return self._collection.name

    def __repr__(self) -> str:
        return f"ScopedCollection({self.name!r})"

    def find(self, filter: Filter | None = None, *args: Any, **options: Any) -> AsyncIOMotorCursor[Document]:
        return self._collection.find(self._scope.filter(filter or {}), *args, **options)

    async def find_one(self, filter: Any = None, *args: Any, **options: Any) -> Document | None:
        """The first document that matches; a value that is no mapping is taken as an `_id`, as in PyMongo."""
        if filter is not None and not isinstance(filter, Mapping):
            filter = {"_id": filter}
        return await self._collection.find_one(self._scope.filter(filter or {}), *args, **options)

    async def count_documents(self, filter: Filter | None = None, **options: Any) -> int:
        return await self._collection.count_documents(self._scope.filter(filter or {}), **options)

    async def distinct(self, key: str, filter: Filter | None = None, **options: Any) -> list[Any]:
        return await self._collection.distinct(key, self._scope.filter(filter or {}), **options)

    def aggregate(self, pipeline: Sequence[Stage], **options: Any) -> AsyncIOMotorCommandCursor[Document]:
        """Joined collections (`$lookup`, `$unionWith`, `$graphLookup`) are named as on disk, and limited as well."""
        return self._collection.aggregate(self._scope.pipeline(pipeline), **options)

    async def insert_one(self, document: Mapping[str, Any], **options: Any) -> InsertOneResult:
        return await self._to_write().insert_one(self._scope.new_document(document), **options)

    async def insert_many(self, documents: Iterable[Mapping[str, Any]], **options: Any) -> InsertManyResult:
        stamped = [self._scope.new_document(document) for document in documents]
        return await self._to_write().insert_many(stamped, **options)

    async def update_one(
        self, filter: Filter, update: Update, upsert: bool = False, **options: Any
    ) -> UpdateResult:
        changes = self._scope.update(update, upsert)
        return await self._to_write().update_one(self._scope.filter(filter), changes, upsert, **options)

    async def update_many(
        self, filter: Filter, update: Update, upsert: bool = False, **options: Any
    ) -> UpdateResult:
        changes = self._scope.update(update, upsert)
        return await self._to_write().update_many(self._scope.filter(filter), changes, upsert, **options)

    async def replace_one(
        self, filter: Filter, replacement: Mapping[str, Any], upsert: bool = False, **options: Any
    ) -> UpdateResult:
        stamped = self._scope.document(replacement)
        return await self._to_write().replace_one(self._scope.filter(filter), stamped, upsert, **options)

    async def delete_one(self, filter: Filter, **options: Any) -> DeleteResult:
        return await self._to_write().delete_one(self._scope.filter(filter), **options)

    async def delete_many(self, filter: Filter, **options: Any) -> DeleteResult:
        return await self._to_write().delete_many(self._scope.filter(filter), **options)

    async def find_one_and_update(
        self,
        filter: Filter,
        update: Update,
        projection: Any = None,
        sort: Any = None,
        upsert: bool = False,
        return_document: bool = ReturnDocument.BEFORE,
        **options: Any,
    ) -> Document | None:
        changes = self._scope.update(update, upsert)
        return await self._to_write().find_one_and_update(
            self._scope.filter(filter), changes, projection, sort, upsert, return_document, **options
        )

    async def find_one_and_replace(
        self,
        filter: Filter,
        replacement: Mapping[str, Any],
        projection: Any = None,
        sort: Any = None,
        upsert: bool = False,
        return_document: bool = ReturnDocument.BEFORE,
        **options: Any,
    ) -> Document | None:
        stamped = self._scope.document(replacement)
        return await self._to_write().find_one_and_replace(
            self._scope.filter(filter), stamped, projection, sort, upsert, return_document, **options
        )

    async def find_one_and_delete(
        self, filter: Filter, projection: Any = None, sort: Any = None, **options: Any
    ) -> Document | None:
        return await self._to_write().find_one_and_delete(
            self._scope.filter(filter), projection, sort, **options
        )

    async def bulk_write(self, requests: Iterable[WriteModel], **options: Any) -> BulkWriteResult:
        return await self._to_write().bulk_write([self._scope.write(model) for model in requests], **options)

    async def create_index(self, keys: Keys, **options: Any) -> str:
        """Create an ordinary index; on disk its name, given or made of its keys, gets the experiment's prefix."""
        name = options.pop("name", None) or IndexModel(keys).document["name"]
        return await self._to_write().create_index(keys, name=f"{self._scope.slug}_{name}", **options)

    def _to_write(self) -> Collection:
        if not self._writable:
            raise ScopeError(f"{self.name!r} belongs to another experiment and can only be read")
        return self._collection


class ScopedMongoWrapper:
    """A database whose collections are limited to the scopes of one experiment.

    A name that carries the prefix of another experiment among the read scopes (`click_clicks`) is that experiment's
    collection, to be read; any other name is one of the experiment's own and gets its prefix.
    """

    def __init__(self, real_db: Database, read_scopes: Iterable[str], write_scope: str) -> None:
        self._database = real_db
        self._scope = Scope(write_scope, tuple(read_scopes))

    @property
    def database(self) -> Database:
        """The motor database, where nothing is scoped."""
        return self._database

    def get_collection(self, name: str) -> ScopedCollection:
        if self._scope.owner(name) in {None, self._scope.slug}:
            return self.own_collection(name)
        return ScopedCollection(self._database[name], self._scope, writable=False)

    def own_collection(self, name: str) -> ScopedCollection:
        """The collection `{slug}_{name}`. Raises: ScopeError where that name is another readable experiment's."""
        on_disk = f"{self._scope.slug}_{name}"
        if (owner := self._scope.owner(on_disk)) != self._scope.slug:
            raise ScopeError(f"{on_disk!r} is a collection of {owner!r}; choose another name than {name!r}")
        return ScopedCollection(self._database[on_disk], self._scope, writable=True)

    def __getitem__(self, name: str) -> ScopedCollection:
        return self.get_collection(name)

    def __getattr__(self, name: str) -> ScopedCollection:
        if name.startswith("_"):
            raise AttributeError(f"ScopedMongoWrapper has no {name!r}; use get_collection({name!r})")
        return self.get_collection(name)

    def __repr__(self) -> str:
        return f"ScopedMongoWrapper({self._scope.slug!r}, reads {', '.join(self._scope.readable)})"


class AsyncAtlasIndexManager:
    """The indexes of one motor collection, under their names on disk: ordinary ones, and Atlas Search ones.

    The methods for search indexes raise SearchUnavailable where the server has no Atlas Search.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def create_search_index(
        self,
        name: str,
        definition: Mapping[str, Any],
        index_type: str = "search",
        wait_for_ready: bool = True,
        timeout: float = SEARCH_READY_SECONDS,
    ) -> bool:
        """Create a `search` or `vectorSearch` index. Returns True. Raises: as `wait_for_search_index`."""
        model = SearchIndexModel(definition=definition, name=name, type=index_type)
        try:
            await self._collection.create_search_index(model)
        except OperationFailure as error:
            raise _explained(error) from error
        if wait_for_ready:
            await self.wait_for_search_index(name, timeout)
        return True

    async def list_search_indexes(self) -> list[Document]:
        try:
            return [dict(index) async for index in self._collection.list_search_indexes()]
        except OperationFailure as error:
            raise _explained(error) from error

    async def get_search_index(self, name: str) -> Document | None:
        return next((index for index in await self.list_search_indexes() if index["name"] == name), None)

    async def wait_for_search_index(self, name: str, timeout: float = SEARCH_READY_SECONDS) -> Document:
        """The index, once queries can use it. Raises: SearchIndexFailed; TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                index = await self.get_search_index(name)
                if index and index.get("queryable"):
                    return index
                if index and index.get("status") == "FAILED":
                    raise SearchIndexFailed(f"{name}: {index.get('message', 'no reason given')}")
                await asyncio.sleep(POLL_SECONDS)

    async def drop_search_index(
        self, name: str, wait_for_drop: bool = True, timeout: float = SEARCH_READY_SECONDS
    ) -> bool:
        """Drop the index. Returns True. Raises: TimeoutError where it is still there after `timeout` seconds."""
        try:
            await self._collection.drop_search_index(name)
        except OperationFailure as error:
            raise _explained(error) from error
        async with asyncio.timeout(timeout):
            while True:
                if not wait_for_drop or await self.get_search_index(name) is None:
                    return True
                await asyncio.sleep(POLL_SECONDS)

    async def create_index(self, keys: Keys, **options: Any) -> str:
        """Create an ordinary index and return its name; it is ready when this returns."""
        return await self._collection.create_index(keys, **options)

    async def list_indexes(self) -> list[Document]:
        return [dict(index) async for index in self._collection.list_indexes()]

    async def get_index(self, name: str) -> Document | None:
        return next((index for index in await self.list_indexes() if index["name"] == name), None)

    async def wait_for_index(self, name: str, timeout: float = SEARCH_READY_SECONDS) -> Document:
        """The index, once another process that creates it is done. Raises: TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                index = await self.get_index(name)
                if index and "buildUUID" not in index:
                    return index
                await asyncio.sleep(POLL_SECONDS)

    async def drop_index(self, name: str) -> None:
        await self._collection.drop_index(name)


def _explained(error: OperationFailure) -> PyMongoError:
    return SearchUnavailable() if error.code in SEARCH_UNSUPPORTED_CODES else error
