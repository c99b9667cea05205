"""A job store on a real database, and requests for work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.jobs.model import NewJob, Requester, Role
from libs.common.jobs.store import JobStore

LEASE_SECONDS = 0.5

Ask = Callable[..., NewJob]


@pytest.fixture
async def store(database: Database) -> JobStore:
    await ensure_indexes(database)
    return JobStore(database, lease_seconds=LEASE_SECONDS)


@pytest.fixture
def ask() -> Ask:
    """A request for an export by `email`, with any field replaced."""

    def make(email: str = "ana@example.org", **fields: Any) -> NewJob:
        requester = Requester(email=email, role=Role.DEVELOPER)
        defaults = {"kind": "export.request", "subject": "click", "input": {"slug": "click"}}
        return NewJob.model_validate({**defaults, "requester": requester, **fields})

    return make
