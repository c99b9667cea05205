"""Pass 1 of an export: an experiment's collections as raw BSON, all at one snapshot, spooled and hashed (DESIGN §5).

A snapshot can be read for minutes only, so nothing is decoded here. Time-series collections come with their options,
views as definitions alone; capped collections cannot be read at a snapshot, so they come as they are at that moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bson
import orjson
import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure

from libs.common.database.client import Collection, Database, DatabaseUnavailable, Session
from libs.common.database.kinds import Kind
from libs.common.errors import Unavailable
from libs.common.events.exports import CollectionExport
from libs.common.owned_collections import Found, own_collections
from libs.common.threads import in_thread
from services.exporter.documents import count_documents
from services.exporter.lines import Section
from services.exporter.spool import Spool
from services.exporter.statistics import CollectionSize, Holding, holdings_of
from services.exporter.types import encode, shape_as_json
from services.exporter.unreadable import SNAPSHOT_LOST, naming

TRIES: Final = 3
"""Snapshots begun; one read takes seconds."""
SNAPSHOT_SECONDS: Final = 300.0
"""So long the server keeps one, which counts what all batches of a cursor take against one deadline."""
BATCH_BYTES: Final = 2**20
BATCH_DOCUMENTS: Final = 1_000
"""Aim for one round trip, and bound: the driver holds several copies of a batch, and the server sends up to 16 MiB."""


NOTES: Final = {
    Kind.VIEW: "A view: its definition is exported, without documents.",
    Kind.TIMESERIES: "A time-series collection: exported with its options.",
    Kind.CAPPED: "A capped collection: read as it is now, for it cannot be read at the snapshot.",
}


class SnapshotLost(Unavailable):
    """The database dropped the snapshot before it was read."""

    code = "snapshot-lost"


@dataclass(frozen=True)
class Snapshot:
    """Where each collection lies in the spool, what to tell of it, and a digest of all their contents."""

    sections: Sequence[Section]
    digest: str

    @property
    def reports(self) -> list[CollectionExport]:
        return [
            CollectionExport(
                name=section.name,
                exported=section.exported,
                total=section.total,
                truncated=section.exported < section.total,
                note=NOTES.get(Kind(section.kind)),
            )
            for section in self.sections
        ]


async def take_snapshot(
    database: Database, slug: str, spool: Spool, *, limit: int, holdings: Sequence[Holding] | None = None
) -> Snapshot:
    """Read the first `limit` documents of each collection by `_id` into the spool.

    `holdings` are the collections as they were a moment ago, if the caller has looked.
    Raises: CollectionUnreadable, SnapshotLost, DatabaseUnavailable; OSError of a full disk.
    """
    for _ in range(TRIES):
        await in_thread(spool.clear)
        try:
            if holdings is None:
                holdings = await holdings_of(database, slug)
            with pymongo.timeout(SNAPSHOT_SECONDS):
                return await _Reading(database, spool, limit).read(slug, holdings)
        except ConnectionFailure as error:
            raise DatabaseUnavailable from error
        except OperationFailure as error:
            if error.code not in SNAPSHOT_LOST:
                raise
        except SnapshotLost:
            pass  # told below, if it is lost each time
        holdings = None
    raise SnapshotLost


class _Reading:
    def __init__(self, database: Database, spool: Spool, limit: int) -> None:
        self._database = database
        self._spool = spool
        self._limit = limit

    async def read(self, slug: str, holdings: Sequence[Holding]) -> Snapshot:
        async with await self._database.client.start_session(snapshot=True) as session:
            read = [
                await self._read_one(holding.found, session, _batch_size(holding.size))
                for holding in holdings
            ]
        # What was dropped or renamed after the list was made reads as empty, and what was made since is not in it.
        if await own_collections(self._database, slug) != [holding.found for holding in holdings]:
            raise SnapshotLost
        described = [[*section_identity(section), sha256] for section, sha256 in read]
        return Snapshot(
            sections=[section for section, _ in read],
            digest=hashlib.sha256(orjson.dumps(described)).hexdigest(),
        )

    async def _read_one(self, found: Found, session: Session, batch_size: int) -> tuple[Section, str]:
        offset, exported, sha256 = self._spool.size, 0, hashlib.sha256()
        collection = self._database[found.name]
        at = None if found.kind is Kind.CAPPED else session

        def append(batch: bytes) -> int:
            sha256.update(batch)
            self._spool.append(batch)
            return count_documents(batch)

        with naming(found):
            if found.kind is not Kind.VIEW:
                async for batch in self._batches(collection, found.kind, at, batch_size=batch_size):
                    exported += await in_thread(append, batch)
            total = exported if exported < self._limit else await collection.count_documents({}, session=at)
        options = encode(bson.encode(found.options))
        section = Section(
            name=found.name,
            kind=found.kind,
            options=orjson.loads(options.json),
            option_types=None if options.shape is None else shape_as_json(options.shape),
            exported=exported,
            total=total,
            offset=offset,
            length=self._spool.size - offset,
        )
        return section, sha256.hexdigest()

    def _batches(
        self, collection: Collection, kind: Kind, session: Session | None, *, batch_size: int
    ) -> Any:  # the driver's cursor of bytes, which its types take for one of documents
        # The order of a capped collection is that of insertion, which `_id` need not follow.
        order = None if kind is Kind.CAPPED else [("_id", 1)]
        return collection.find_raw_batches(
            {},
            session=session,
            sort=order,
            limit=self._limit,
            batch_size=batch_size,
            allow_disk_use=True,
        )


def _batch_size(size: CollectionSize) -> int:
    """Documents of average size that make a batch; a single one would mean `limit` to the server."""
    average = size.size // max(size.documents, 1)
    return min(max(BATCH_BYTES // max(average, 1), 2), BATCH_DOCUMENTS)


def section_identity(section: Section) -> list[Any]:
    """What of a section belongs to the content, beside its documents."""
    return [
        section.name,
        section.kind,
        section.options,
        section.option_types,
        section.exported,
        section.total,
    ]
