"""An importer at work in this process, on a real database, and what tests ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libs.common.database.collections import EXPERIMENT_VERSIONS, EXPERIMENTS_CONFIG
from libs.common.events.envelope import new_id
from libs.common.events.imports import ExperimentAction, ExperimentRequest, ImportPlan, ImportRequest
from libs.common.jobs.model import Job, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.parts import Parts
from services.importer.context import Importer

DEADLINE = 60.0


async def until(condition: Callable[[], Awaitable[bool]], *, what: str) -> None:
    """Ask again and again, with a deadline."""
    try:
        async with asyncio.timeout(DEADLINE):
            while not await condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {DEADLINE} s: {what}") from None


@dataclass(frozen=True)
class Bench:
    """Sends commands as the gateway does."""

    parts: Parts
    importer: Importer

    @property
    def root(self) -> Path:
        return self.importer.root

    def copy(self, slug: str) -> Path:
        return self.importer.copies.path(slug)

    def copied(self, slug: str) -> dict[str, str]:
        """The working copy, as text by path."""
        root = self.copy(slug)
        return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}

    async def send(
        self, content: bytes, *, name: str = "upload.zip", by: str = "dev@example.com", **fields: Any
    ) -> Job:
        """Store an upload and accept the job for it."""
        key = f"uploads/{new_id()}.zip"
        await self.parts.blobs.put(key, _chunks(content))
        command = ImportRequest(upload_key=key, upload_name=name, **fields)
        return await self._accept(
            "import.request", command.model_dump(mode="json", exclude_none=True), by, None
        )

    async def ask(self, slug: str, action: ExperimentAction, **fields: Any) -> Job:
        command = ExperimentRequest(slug=slug, action=action, **fields)
        done = await self._accept(
            "experiment.request", command.model_dump(mode="json"), "admin@example.com", slug
        )
        return await self.end(done)

    async def run(self, content: bytes, **fields: Any) -> Job:
        return await self.end(await self.send(content, **fields))

    async def end(self, job: Job) -> Job:
        async def ended() -> bool:
            return (await self.parts.jobs.get(job.id)).ended

        await until(ended, what=f"the end of {job.id}")
        return await self.parts.jobs.get(job.id)

    async def config(self, slug: str) -> dict[str, Any] | None:
        return await self.parts.database[EXPERIMENTS_CONFIG].find_one({"_id": slug})

    async def revisions(self, slug: str) -> list[dict[str, Any]]:
        found = self.parts.database[EXPERIMENT_VERSIONS].find({"slug": slug}).sort("revision", 1)
        return [document async for document in found]

    async def keys(self, prefix: str) -> list[str]:
        return [blob.key async for blob in self.parts.blobs.list(prefix)]

    async def _accept(self, kind: str, given: dict[str, Any], by: str, subject: str | None) -> Job:
        requester = Requester(email=by, role=Role.ADMIN)
        request = NewJob(kind=kind, subject=subject, requester=requester, input=given)
        created = await self.parts.jobs.create(request)
        await Outbox(self.parts.jobs, self.parts.bus).flush(created.job)
        return created.job


def plan_of(job: Job) -> ImportPlan:
    assert job.error is None, job.error
    assert job.result is not None
    return ImportPlan.model_validate(job.result["plan"])


def codes(job: Job) -> list[str]:
    """Of all problems for which a job failed."""
    assert job.error is not None
    return [problem.code for problem in job.error.problems]


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]
