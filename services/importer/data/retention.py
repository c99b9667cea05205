"""Data that were put aside: kept for a time so that they can be put back, and what dead imports staged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from libs.common.database.collections import JOBS
from libs.common.jobs.model import ENDED
from libs.common.retention import Doomed, older_than, spare
from services.importer.context import Importer
from services.importer.data.journal import Journal
from services.importer.data.keeping import drop_kept
from services.importer.data.stage import STAGED


@dataclass(frozen=True)
class KeptData:
    """The data before an import that replaced them, `KEPT_DATA_SECONDS` later."""

    importer: Importer

    @property
    def kind(self) -> str:
        return "replaced data"

    async def find(self) -> AsyncIterator[Doomed]:
        for switch in await Journal(self.importer.parts.database).expired():
            count = len(switch.kept_names)
            yield Doomed(
                self.kind, switch.id, f"of {switch.slug}: kept long enough", switch.since, count=count
            )

    async def remove(self, doomed: Doomed) -> int:
        """Unless a job may be putting them back; one that begins now finds that their time has passed."""
        journal = Journal(self.importer.parts.database)
        for switch in await journal.expired():
            under_way = {"subject": switch.slug, "state": {"$nin": sorted(ENDED)}}
            if switch.id != doomed.name or await self.importer.parts.database[JOBS].find_one(under_way):
                continue
            await drop_kept(self.importer, journal, switch)
            return len(switch.kept_names)
        return 0


@dataclass(frozen=True)
class StagedData:
    """Collections that an import built and did not live to put in their place."""

    importer: Importer

    @property
    def kind(self) -> str:
        return "staged data"

    async def find(self) -> AsyncIterator[Doomed]:
        database = self.importer.parts.database
        named = await Journal(database).ids()
        for name in await database.list_collection_names(filter={"name": {"$regex": f"^{STAGED}\\."}}):
            switch_id = name.split(".")[1]
            made_at = _made_at(switch_id)
            if switch_id not in named and made_at < older_than(spare(self.importer.parts.limits)):
                yield Doomed(self.kind, name, "its import has died", made_at)

    async def remove(self, doomed: Doomed) -> int:
        await self.importer.parts.database.drop_collection(doomed.name)
        return 1


def _made_at(switch_id: str) -> datetime:
    """The time in a UUIDv7 (RFC 9562, 5.7): milliseconds in its first 48 bits."""
    return datetime.fromtimestamp((UUID(switch_id).int >> 80) / 1000, UTC)
