"""A gateway on real parts, its callers, and workers of a few lines that stand for the other services."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from libs.common.blobs.factory import open_blobs
from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG, EXPORT_LOGS, ensure_indexes
from libs.common.errors import Conflict, InvalidInput, Problem
from libs.common.events.envelope import new_id
from libs.common.events.exports import CollectionExport, ExportCompleted, ExportRequest, SizeEstimate
from libs.common.events.imports import (
    ExperimentAction,
    ExperimentChanged,
    ExperimentCompared,
    ExperimentPacked,
    ExperimentRequest,
    ExperimentStarted,
    ExperimentStopped,
    FileChange,
    ImportCompleted,
    ImportPlan,
    ImportRequest,
    StopReason,
)
from libs.common.jobs.model import Role
from libs.common.jobs.run import Outcome, Route, Run
from libs.common.jobs.store import JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits
from libs.common.parts import Parts
from libs.common.registry import Bundle, Platform, Registered
from libs.common.settings import Settings
from libs.common.tokens import TokenStore
from services.gateway.app import application

NOW = datetime(2024, 2, 29, tzinfo=UTC)
DIGEST = "3f9a1c2d4e5f60718293a4b5c6d7e8f93f9a1c2d4e5f60718293a4b5c6d7e8f9"
ZIP = b"PK\x05\x06" + bytes(18)
"""An archive without entries."""


async def until(condition: Callable[[], Awaitable[object]], *, seconds: float = 10) -> None:
    """For what nothing can be awaited on."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


def zip_of(content: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@asynccontextmanager
async def open_house(settings: Settings, limits: Limits, database: Database) -> AsyncIterator[Parts]:
    """Parts on the test's own database, embedded in all that counts for trust."""
    await ensure_indexes(database)
    async with AsyncExitStack() as stack:
        bus = await open_embedded_bus(database, service="gateway")
        stack.push_async_callback(bus.close)
        blobs = await open_blobs(settings, database)
        stack.push_async_callback(blobs.close)
        jobs = JobStore(database, lease_seconds=limits.job_lease_seconds)
        yield Parts(settings, limits, database, bus, blobs, jobs)


@dataclass
class Gateway:
    """One that serves, and a client of it."""

    parts: Parts
    http: aiohttp.ClientSession
    tokens: dict[Role, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.parts.settings.base_url

    async def token(self, role: Role) -> dict[str, str]:
        """Headers of a caller with this role."""
        if role not in self.tokens:
            store = TokenStore(self.parts.database)
            issued = await store.create(email=f"{role}@example.org", role=role, name="test")
            self.tokens[role] = issued.secret
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    async def register(self, slug: str, **manifest: Any) -> None:
        bundle = Bundle(key=f"{slug}/runtime-1.zip", sha256=DIGEST, size=1234)
        platform = Platform(
            revision=3, digest=DIGEST, bundle=bundle, author="ana@example.org", updated_at=NOW
        )
        registered = Registered(
            slug=slug, manifest=manifest, platform=platform, runtime_s3_uri=f"file:///{bundle.key}"
        )
        await self.parts.database[EXPERIMENTS_CONFIG].insert_one(registered.as_document())


@asynccontextmanager
async def serve(parts: Parts) -> AsyncIterator[Gateway]:
    async with (
        application(parts),
        aiohttp.ClientSession(base_url=parts.settings.base_url) as http,
    ):
        yield Gateway(parts, http)


def worker(parts: Parts, service: str, *routes: Route[Any]) -> Worker:
    return Worker(service, routes, store=parts.jobs, bus=parts.bus, limits=parts.limits)


def exporter(parts: Parts, *, gate: asyncio.Event | None = None) -> Worker:
    """Makes a ZIP with the slug in it, or says what it would take; waits for the gate, if there is one."""

    async def handle(command: ExportRequest, run: Run) -> Outcome:
        if gate is not None:
            await gate.wait()
        if command.estimate:
            estimate = SizeEstimate(unpacked_size=1000, documents=7, fits=True)
            return Outcome(
                "export.completed",
                ExportCompleted(slug=command.slug, kind=command.kind, estimate=estimate, message="estimated"),
            )
        return Outcome("export.completed", await _stored(parts, command, run.requester.email))

    return worker(parts, "exporter", Route("export.request", ExportRequest, handle, 2))


async def _stored(parts: Parts, command: ExportRequest, email: str) -> ExportCompleted:
    export_id, key = new_id(), f"exports/{command.slug}_intelligent_export_{new_id()}.zip"
    packed = zip_of({"slug.txt": command.slug.encode(), export_id: bytes(range(256)) * 4096})
    blob = await parts.blobs.put(key, _once(packed))
    row = {
        "_id": export_id,
        "slug_id": command.slug,
        "export_type": command.kind,
        "user_email": email,
        "file_size": blob.size,
        "checksum": hashlib.sha256(packed).hexdigest(),
        "content_digest": DIGEST,
        "b2_file_name": key,
        "created_at": NOW,
    }
    await parts.database[EXPORT_LOGS].insert_one(row)
    name = f"{command.slug}_clicks"
    return ExportCompleted(
        slug=command.slug,
        kind=command.kind,
        export_id=export_id,
        content_digest=DIGEST,
        collections=[CollectionExport(name=name, exported=1, total=2, truncated=True)],
        warnings=["cut"],
        message="exported",
    )


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def importer(parts: Parts) -> Worker:
    """Imports what has a manifest; `bad` members are problems."""
    return worker(
        parts,
        "importer",
        Route("import.request", ImportRequest, _importing(parts), 2),
        Route("experiment.request", ExperimentRequest, _administering(parts), 2),
    )


def _importing(parts: Parts) -> Callable[[ImportRequest, Run], Awaitable[Outcome]]:
    async def handle(command: ImportRequest, _: Run) -> Outcome:
        async with parts.blobs.open(command.upload_key) as chunks:
            content = b"".join([chunk async for chunk in chunks])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        bad = [name for name in names if name.startswith("bad")]
        if bad:
            raise InvalidInput(
                "The ZIP cannot be imported.",
                problems=[Problem(category="file", code="bad", path=name, message="bad") for name in bad],
            )
        slug = command.slug or command.upload_name.removesuffix("_upload.zip")
        plan = ImportPlan(slug=slug, digest=DIGEST, plan_digest="p", action="create", added=names)
        revision = None if command.dry_run else 1
        done = ImportCompleted(
            slug=slug, dry_run=command.dry_run, revision=revision, plan=plan, message="imported"
        )
        return Outcome("import.completed", done)

    return handle


async def _changing(command: ExperimentRequest, run: Run) -> Outcome:
    match command.action:
        case ExperimentAction.START if command.slug == "broken":
            raise Conflict("broken does not start: boom", extensions={"last_lines": ["x", "boom"]})
        case ExperimentAction.START:
            started = ExperimentStarted(slug=command.slug, revision=3, digest=DIGEST, seconds=1.5)
            return Outcome("experiment.started", started)
        case ExperimentAction.STOP:
            stopped = ExperimentStopped(slug=command.slug, reason=StopReason.OPERATOR)
            return Outcome("experiment.stopped", stopped)
        case ExperimentAction.CLONE:
            message = f"cloned to {command.to} by {run.requester.email}: {command.note}"
            cloned = ExperimentChanged(slug=command.to or "", revision=1, message=message)
            return Outcome("experiment.cloned", cloned)
    outcome = {
        ExperimentAction.ROLLBACK: "rolled_back",
        ExperimentAction.DELETE: "deleted",
        ExperimentAction.SYNC: "synced",
    }[command.action]
    message = f"{outcome} by {run.requester.email}: {command.note}, data {command.delete_data}"
    changed = ExperimentChanged(slug=command.slug, revision=command.revision, message=message)
    return Outcome(f"experiment.{outcome}", changed)


def _administering(parts: Parts) -> Callable[[ExperimentRequest, Run], Awaitable[Outcome]]:
    async def handle(command: ExperimentRequest, run: Run) -> Outcome:
        match command.action:
            case ExperimentAction.COMPARE:
                base, target = command.base or 2, command.revision or 3
                change = FileChange(path="a.py", change="changed", size=6, diff="-a\n+b\n")
                compared = ExperimentCompared(
                    slug=command.slug, base=base, target=target, files=[change], total=1, message="compared"
                )
                return Outcome("experiment.compared", compared)
            case ExperimentAction.PACK:
                return Outcome("experiment.packed", await _packed(parts, command))
            case _:
                return await _changing(command, run)

    return handle


async def _packed(parts: Parts, command: ExperimentRequest) -> ExperimentPacked:
    blob = await parts.blobs.put(f"downloads/{command.slug}/{new_id()}.zip", _once(ZIP))
    return ExperimentPacked(
        slug=command.slug,
        packed=command.revision or 0,
        key=blob.key,
        filename=f"{command.slug}_revision_{command.revision}.zip",
        file_size=blob.size,
        left_out=[".env"],
        message="packed",
    )
