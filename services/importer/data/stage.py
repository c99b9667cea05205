"""Builds the new collections beside those in use, and so finds out what an import of data would change or violate.

They lie under names that belong to no slug, with all indexes from the beginning: what an index refuses is refused
here, before anything changes. A dry run builds them, too, and drops them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError, OperationFailure

from libs.common.database.client import Database
from libs.common.database.kinds import Kind
from libs.common.errors import Problem
from libs.common.events.envelope import new_id
from libs.common.events.import_data import CollectionPlan, WithData
from libs.common.jobs.run import Run
from libs.common.manifest.model import Manifest
from libs.common.owned_collections import Found
from libs.common.threads import iterate
from services.importer.data.indexes import create_indexes, index_specs, managed_specs
from services.importer.data.naming import Named
from services.importer.data.sections import Section, read_batches
from services.importer.data.spooling import COLLECTIONS_FILE
from services.importer.data.switch import Form, Item
from services.importer.data.transfer import WRAPPED, batches, insert_raw, raw

STAGED: Final = "_staged"
KEPT: Final = "_kept"
"""Collections are named `_staged.{id}.{number}`; no slug begins with an underscore, so they belong to none."""
MAX_REFUSED: Final = 20
"""Documents of one collection that are listed as refused."""
OTHER: Final = "__staged"
"""Field that tells, while documents are copied, whether the ZIP has one of the same `_id`."""
DUPLICATE_KEY: Final = 11000


@dataclass
class Staged:
    """What lies ready, by the new names; `plans` say what it would change."""

    id: str
    mode: WithData
    items: list[Item] = field(default_factory=list)
    plans: list[CollectionPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_in_use: bool = False
    """Set when a switch begins: from then on its undoing cares for what lies here."""


@dataclass(frozen=True)
class Source:
    """What is to be staged, and from where."""

    spool: Any
    named: Sequence[Named]
    manifest: Manifest
    slug: str
    mode: WithData


@asynccontextmanager
async def stage(
    database: Database, source: Source, found: Sequence[Found], run: Run, *, seconds: float
) -> AsyncIterator[Staged]:
    """The new collections while entered; on leaving they are dropped unless a switch has begun."""
    staged = Staged(new_id(), source.mode)
    building = _Building(database, source, {each.name: each for each in found}, run, staged)
    try:
        with pymongo.timeout(seconds):
            await building.build()
        yield staged
    finally:
        if not staged.is_in_use:
            for number in range(len(source.named)):
                await database.drop_collection(staged_name(staged.id, number))


def staged_name(switch_id: str, number: int) -> str:
    return f"{STAGED}.{switch_id}.{number}"


class _Building:
    def __init__(
        self, database: Database, source: Source, found: Mapping[str, Found], run: Run, staged: Staged
    ) -> None:
        self._database = database
        self._source = source
        self._found = found
        self._run = run
        self._staged = staged
        self._done = 0
        self._total = sum(named.section.documents for named in source.named)

    async def build(self) -> None:
        for number, named in enumerate(self._source.named):
            await self._build_one(number, named)
        if self._source.mode is WithData.REPLACE:
            names = {named.name for named in self._source.named}
            for name, found in self._found.items():
                if name not in names:
                    present = await self._count(found)
                    plan = CollectionPlan(
                        name=name,
                        kind=found.kind,
                        documents=0,
                        present=present,
                        insert=0,
                        change=0,
                        remove=present,
                    )
                    self._staged.plans.append(plan)
                    self._staged.items.append(Item(name=name))

    async def _build_one(self, number: int, named: Named) -> None:
        found = self._found.get(named.name)
        kind, merging = named.section.kind, self._source.mode is WithData.MERGE and found is not None
        if merging and found and found.kind is not kind:
            self._refuse(named, "kind-differs", f"The ZIP holds a {kind}, the database a {found.kind}.")
            return
        name = staged_name(self._staged.id, number)
        options = found.options if merging and found and kind is not Kind.VIEW else named.options
        if not await self._is_creatable(name, named, options):
            return
        if kind is Kind.VIEW:
            self._staged.items.append(Item(name=named.name, after=Form.of(kind, options)))
            self._plan(named, found, present=0, matched=0, same=0)
            return
        indexes = await self._prepare(name, named, options, found)
        loading = _Loading(self._database, name, named, found)
        async for batch in iterate(read_batches(self._source.spool, named.section)):
            self._staged.problems += await loading.load(batch)
            self._done += len(batch)
            self._run.progress("staging", self._done, self._total, "documents")
        present = await self._count(found) if found else 0
        matched, same = loading.matched, loading.same
        if merging:
            stays = await loading.copy_rest()
            self._staged.problems += loading.refused_rest
            matched = present - stays if kind is Kind.TIMESERIES else matched
        self._staged.items.append(Item(name=named.name, after=Form.of(kind, options, indexes), staged=name))
        self._plan(named, found, present=present, matched=matched, same=same)

    async def _is_creatable(self, name: str, named: Named, options: Mapping[str, Any]) -> bool:
        """Views and time series are staged in another form, so the server is asked for theirs."""
        try:
            await self._database.command({"create": name, **options})
        except OperationFailure as error:
            self._refuse(named, "collection-refused", f"It cannot be created: {error.details}")
            return False
        if named.section.kind in {Kind.VIEW, Kind.TIMESERIES}:
            await self._database.drop_collection(name)
        return True

    async def _prepare(
        self, name: str, named: Named, options: Mapping[str, Any], found: Found | None
    ) -> list[Mapping[str, Any]]:
        """Create the indexes before the documents come; returns those that a time series gets with its copy."""
        present = (
            await index_specs(self._database, found.name) if found and found.kind is not Kind.VIEW else []
        )
        if named.section.kind is Kind.TIMESERIES:
            await self._database[name].create_index([(f"{WRAPPED}._id", 1)])
            return present if found and found.kind is Kind.TIMESERIES else []
        collection = named.name.removeprefix(f"{self._source.slug}_")
        wanted = managed_specs(self._source.slug, self._source.manifest.managed_indexes.get(collection, []))
        carried = present if found and found.kind is not Kind.TIMESERIES else []
        await create_indexes(self._database, name, [*wanted, *carried])
        return []

    async def _count(self, found: Found) -> int:
        if found.kind is Kind.VIEW:
            return 0
        return await self._database[found.name].count_documents({})

    def _plan(self, named: Named, found: Found | None, *, present: int, matched: int, same: int) -> None:
        merging = self._source.mode is WithData.MERGE
        documents = named.section.documents
        self._staged.plans.append(
            CollectionPlan(
                name=named.name,
                named_before=named.named_before,
                kind=named.section.kind,
                documents=documents,
                present=present,
                insert=documents - matched,
                change=matched - same,
                remove=0 if merging else present - matched,
            )
        )

    def _refuse(self, named: Named, code: str, message: str) -> None:
        self._staged.problems.append(_refusal(named.section, code, message))


class _Loading:
    """The documents of one collection on their way into its staging place, compared with those in use."""

    def __init__(self, database: Database, name: str, named: Named, found: Found | None) -> None:
        self._named = named
        self._target = database[name]
        self._is_wrapped = named.section.kind is Kind.TIMESERIES
        is_comparable = found is not None and found.kind in {Kind.COLLECTION, Kind.CAPPED}
        self._present: Any = raw(database[named.name]) if found else None
        self._compares = is_comparable and not self._is_wrapped
        self._row = 0
        self._refused = 0
        self.matched = 0
        self.same = 0
        self.refused_rest: list[Problem] = []

    async def load(self, batch: list[RawBSONDocument]) -> list[Problem]:
        """Insert, and compare. Returns what was refused."""
        problems = await self._insert(batch)
        self._row += len(batch)
        if self._compares:
            raws = {document.raw for document in batch}
            ids = [document["_id"] for document in batch]
            async for document in self._present.find({"_id": {"$in": ids}}):
                self.matched += 1
                self.same += document.raw in raws
        return problems

    async def copy_rest(self) -> int:
        """Add the documents in use of which the ZIP has none with the same `_id`; how many they are."""
        other = f"{WRAPPED}._id" if self._is_wrapped else "_id"
        lookup = {"from": self._target.name, "localField": "_id", "foreignField": other, "as": OTHER}
        only_id: list[dict[str, Any]] = [{"$project": {"_id": 1}}]
        pipeline: list[dict[str, Any]] = [
            {"$lookup": lookup | {"pipeline": only_id}},
            {"$match": {OTHER: []}},
            {"$unset": OTHER},
        ]
        stays = 0
        async for batch in batches(self._present.aggregate(pipeline)):
            stays += len(batch)
            self.refused_rest += await self._insert(batch, is_from_zip=False)
        return stays

    async def _insert(self, batch: Sequence[RawBSONDocument], *, is_from_zip: bool = True) -> list[Problem]:
        documents: Sequence[Any] = [{WRAPPED: each} for each in batch] if self._is_wrapped else batch
        try:
            # The order of a capped collection is that of insertion.
            await insert_raw(self._target, documents, ordered=self._named.section.kind is Kind.CAPPED)
        except BulkWriteError as error:
            return [self._refusal(each, is_from_zip) for each in self._listed(error)]
        return []

    def _listed(self, error: BulkWriteError) -> list[Mapping[str, Any]]:
        listed = list((error.details or {}).get("writeErrors", []))[: MAX_REFUSED - self._refused]
        self._refused += len(listed)
        return listed

    def _refusal(self, error: Mapping[str, Any], is_from_zip: bool) -> Problem:
        code = "duplicate-key" if error["code"] == DUPLICATE_KEY else "document-refused"
        said = str(error["errmsg"]).replace(self._target.name, self._named.name)
        message = said if is_from_zip else f"A document that is in the database now: {said}"
        row = self._row + int(error["index"]) + 1 if is_from_zip else None
        return _refusal(self._named.section, code, message, row)


def _refusal(section: Section, code: str, message: str, row: int | None = None) -> Problem:
    path = f"{COLLECTIONS_FILE}: {section.name}"
    return Problem(category="constraint", code=code, path=path, row=row, message=message[:500])
