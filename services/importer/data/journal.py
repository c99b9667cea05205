"""`experiment_data`: switches of data, under way or done, and so also where the data before each of them is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from libs.common.database.client import Database, Document, Session
from libs.common.database.collections import EXPERIMENT_DATA
from libs.common.errors import NotFound, Unavailable
from libs.common.events.import_data import KeptData
from libs.common.jobs.run import Commit
from services.importer.data.switch import Item

UNDO_LEASE: Final = timedelta(minutes=10)
"""Who undoes for longer than that has died; renames take milliseconds, time series are copied."""


class SwitchUndone(Unavailable):
    """The data were put back while this import was about to end; it is done again."""

    code = "data-switch-undone"


class DataNotKept(NotFound):
    """No data of that experiment are kept under this id, or no longer."""

    code = "data-not-kept"


class State(StrEnum):
    """`SWITCHING` until the job's end is committed with it; who finds it without such a job undoes it."""

    SWITCHING = "switching"
    UNDOING = "undoing"
    UNDONE = "undone"
    KEPT = "kept"


class Switch(BaseModel):
    """One change of an experiment's data, all or nothing."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    id: str = Field(alias="_id")
    slug: str
    job: str
    state: State = State.SWITCHING
    since: datetime
    items: tuple[Item, ...]
    restores: str | None = None
    """The earlier switch whose kept data these are."""
    kept_until: datetime

    @property
    def kept_names(self) -> list[str]:
        return [item.kept for item in self.items if item.kept]

    def told(self) -> KeptData | None:
        """What the answer says of it; None if there was nothing before."""
        before = [item.name for item in self.items if item.before]
        return KeptData(id=self.id, collections=before, kept_until=self.kept_until) if before else None


class Journal:
    """Reads and writes the switches of all experiments."""

    def __init__(self, database: Database) -> None:
        self._switches = database[EXPERIMENT_DATA]

    async def begin(self, switch: Switch) -> None:
        await self._switches.insert_one(switch.model_dump(by_alias=True))

    def keep(self, switch: Switch) -> Commit:
        """Ends the switch well, with the job. Raises (later): SwitchUndone."""

        async def commit(session: Session) -> None:
            kept = await self._switches.update_one(
                {"_id": switch.id, "state": State.SWITCHING}, {"$set": {"state": State.KEPT}}, session=session
            )
            if not kept.matched_count:
                raise SwitchUndone
            if switch.restores:
                await self._switches.delete_one({"_id": switch.restores}, session=session)

        return commit

    async def unfinished(self, slug: str) -> list[Switch]:
        """Switches that no commit has ended, the newest first."""
        return await self._find({"slug": slug, "state": {"$ne": State.KEPT}})

    async def kept(self, slug: str) -> list[Switch]:
        """The newest first."""
        return await self._find({"slug": slug, "state": State.KEPT})

    async def kept_one(self, slug: str, switch_id: str) -> Switch:
        """Raises: DataNotKept."""
        found = await self._find({"_id": switch_id, "slug": slug, "state": State.KEPT})
        if not found or found[0].kept_until < datetime.now(UTC):
            raise DataNotKept(f"No data of {slug!r} are kept as {switch_id!r}.")
        return found[0]

    async def expired(self) -> list[Switch]:
        return await self._find({"state": State.KEPT, "kept_until": {"$lt": datetime.now(UTC)}})

    async def claim_undo(self, switch: Switch) -> bool:
        """Whether the caller is the one to undo it; others are at it for `UNDO_LEASE`."""
        now = datetime.now(UTC)
        stale = {"state": State.UNDOING, "since": {"$lt": now - UNDO_LEASE}}
        found = await self._switches.find_one_and_update(
            {"_id": switch.id, "$or": [{"state": State.SWITCHING}, stale]},
            {"$set": {"since": now, "state": State.UNDOING}},
        )
        return found is not None

    async def note_undone(self, switch: Switch) -> None:
        await self._switches.update_one({"_id": switch.id}, {"$set": {"state": State.UNDONE}})

    async def remove(self, switch: Switch) -> None:
        await self._switches.delete_one({"_id": switch.id})

    async def ids(self) -> set[str]:
        return set(await self._switches.distinct("_id"))

    async def slugs_unfinished(self) -> set[str]:
        return set(await self._switches.distinct("slug", {"state": {"$ne": State.KEPT}}))

    async def _find(self, criteria: Document) -> list[Switch]:
        found = self._switches.find(criteria).sort("_id", -1)
        return [Switch.model_validate(document) async for document in found]
