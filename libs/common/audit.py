"""The audit log: who did what to what, how it ended, and by which job. It is only ever added to.

Nothing of what was sent stands in it, so no secret can: an action is a route or a command, a target a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pymongo import DESCENDING

from libs.common.database.client import Database
from libs.common.database.collections import AUDIT
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Role


class Outcome(StrEnum):
    """`accepted`: a job does it; how that ends, the job says."""

    DONE = "done"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


class AuditEntry(BaseModel):
    """One deed."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    id: str = Field(default_factory=new_id, alias="_id")
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    actor: str
    """An email, as tokens and jobs have it; `anonymous` where nobody said who they are."""
    role: Role | None = None
    account: str | None = None
    """The user of the operating system, of commands."""
    action: str
    """`POST /api/experiments/{slug}/rollback`, or `manage.py tokens create`."""
    target: str | None = None
    """Slug, id or email of what it was done to."""
    outcome: Outcome
    status: int | None = None
    """Of the answer, where it came over HTTP."""
    job: str | None = None


class AuditFilter(BaseModel):
    """Which entries to read; unset means any."""

    actor: str | None = None
    target: str | None = None
    before: str | None = None
    """Id of the last entry of the page before."""


class AuditLog:
    """The collection `audit`. An entry ends by itself, a time after it was written that is then settled."""

    def __init__(self, database: Database, *, kept_seconds: int) -> None:
        self._entries = database[AUDIT]
        self._kept = timedelta(seconds=kept_seconds)

    async def record(self, entries: Sequence[AuditEntry]) -> None:
        """Write them durably."""
        documents = [self._document(entry) for entry in entries]
        await self._entries.insert_many(documents, ordered=False)

    async def find(self, which: AuditFilter, *, limit: int) -> list[AuditEntry]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria: dict[str, Any] = which.model_dump(include={"actor", "target"}, exclude_none=True)
        if which.before is not None:
            criteria["_id"] = {"$lt": which.before}
        found = self._entries.find(criteria).sort("_id", DESCENDING).limit(limit)
        return [AuditEntry.model_validate(document) async for document in found]

    def _document(self, entry: AuditEntry) -> dict[str, Any]:
        return entry.model_dump(by_alias=True, exclude_none=True) | {"expires_at": entry.at + self._kept}
