from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import JOBS, ensure_indexes
from libs.common.jobs.model import NewJob, Requester, Role
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from libs.common.retention import Doomed, Rule
from tests.conftest import MakeSettings

ANA = Requester(email="ana@example.org", role=Role.VIEWER)


@pytest.fixture
async def parts(make_settings: MakeSettings, database: Database, mongo_uri: str) -> AsyncIterator[Parts]:
    await ensure_indexes(database)
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name)
    async with open_parts(settings, Limits(), service="exporter") as opened:
        yield opened


class Shelf:
    """Puts things in their places, as old as a test wants them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def store(self, key: str, *, age: timedelta, size: int = 3) -> None:
        async def content() -> AsyncIterator[bytes]:
            yield bytes(size)

        await self.parts.blobs.put(key, content())
        then = (datetime.now(UTC) - age).timestamp()
        os.utime(self.parts.settings.exports_dir / key, (then, then))

    async def keys(self) -> list[str]:
        return [blob.key async for blob in self.parts.blobs.list("")]

    async def job(self, kind: str, *, subject: str | None = None, **fields: Any) -> str:
        """A job that waits, changed as the test says."""
        given = fields.pop("input", {})
        request = NewJob(kind=kind, subject=subject, requester=ANA, input=given)
        job = (await self.parts.jobs.create(request)).job
        await self.parts.jobs.published(job.id, job.outbox)
        if fields:
            await self.parts.database[JOBS].update_one({"_id": job.id}, {"$set": fields})
        return job.id


@pytest.fixture
def shelf(parts: Parts) -> Shelf:
    return Shelf(parts)


async def found(rule: Rule) -> list[Doomed]:
    return [doomed async for doomed in rule.find()]
