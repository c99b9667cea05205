"""The audit log over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from libs.common.audit import AuditEntry, AuditFilter, Outcome
from libs.common.jobs.model import Role
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel


class AuditQuery(AuditFilter):
    """Which entries to read; the next page begins `before` the last one's id."""

    limit: PageSize = 50


class AuditResource(HttpModel):
    """Who did what. `outcome` is `accepted` where a job does it; how that ended, the job says."""

    id: str
    at: datetime
    actor: str
    role: Role | None
    account: str | None
    action: str
    target: str | None
    outcome: Outcome
    status: int | None
    job: str | None

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(**entry.model_dump())


class AuditPage(HttpModel):
    entries: list[AuditResource]
    next: str | None = None
    """`before` of the next page; absent on the last one."""
