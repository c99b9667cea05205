"""The exporter on a real database and a real folder, and experiments registered as the importer does."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from libs.common.archive.digest import FileDigest
from libs.common.archive.writer import Member, write_archive
from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.events.envelope import new_id
from libs.common.events.exports import ExportCompleted, ExportKind
from libs.common.events.jobs import Progress
from libs.common.jobs.model import Job, Requester, Role
from libs.common.jobs.run import Run
from libs.common.jobs.store import JobStore
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from libs.common.registry import Bundle, Platform, Registered
from libs.common.versions import version_digest
from services.exporter.export import Exporter
from tests.conftest import MakeSettings

# What exports carry is imported by top-level names there, and so it is in these tests.
sys.path.append(str(Path(__file__).parents[4] / "services/exporter/carried"))

FILES: dict[str, bytes] = {
    "actor.py": b"import ray\n\n\n@ray.remote\nclass ExperimentActor:\n    pass\n",
    "__init__.py": b"from fastapi import APIRouter\n\nbp = APIRouter()\n",
    "templates/index.html": b'<img src="static/logo.png" data-src="static/logo.png">\n',
    "static/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "requirements.txt": b"httpx>=0.28  # the client\n",
}
Register = Callable[..., Awaitable[Registered]]


@pytest.fixture
async def parts(make_settings: MakeSettings, database: Database, mongo_uri: str) -> AsyncIterator[Parts]:
    """On this test's own database."""
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name)
    async with open_parts(settings, Limits(), service="exporter") as opened:
        yield opened


@pytest.fixture
def register(parts: Parts) -> Register:
    """Register an experiment with a slug, files and manifest keys."""

    async def with_files(
        slug: str, files: Mapping[str, bytes] | None = None, /, **manifest: Any
    ) -> Registered:
        content = {**FILES, **(files or {}), "manifest.json": orjson.dumps(manifest)}
        members = [Member.of_bytes(name, content[name]) for name in sorted(content)]

        async def chunks() -> AsyncIterator[bytes]:
            for chunk in write_archive(members):
                yield chunk

        blob = await parts.blobs.put(f"{slug}/runtime-{new_id()}.zip", chunks())
        digests = [
            FileDigest(name, 0o644, len(data), hashlib.sha256(data).hexdigest())
            for name, data in content.items()
        ]
        assert blob.sha256 is not None
        registered = Registered(
            slug=slug,
            manifest=manifest,
            platform=Platform(
                revision=1,
                digest=version_digest(digests),
                bundle=Bundle(key=blob.key, sha256=blob.sha256, size=blob.size),
                author="ana@example.com",
                updated_at=datetime.now(UTC),
            ),
            runtime_s3_uri=parts.blobs.uri(blob.key),
        )
        await parts.database[EXPERIMENTS_CONFIG].replace_one(
            {"_id": slug}, registered.as_document(), upsert=True
        )
        return registered

    return with_files


class NotedRun(Run):
    """Keeps all that was noted of its progress."""

    def __init__(self, job: Job, store: JobStore) -> None:
        super().__init__(job, store)
        self.noted: list[Progress] = []

    def progress(
        self, stage: str, done: int | None = None, total: int | None = None, unit: str | None = None
    ) -> None:
        super().progress(stage, done, total, unit)
        assert self.latest is not None
        self.noted.append(self.latest)


def make_run(parts: Parts) -> NotedRun:
    """A job's run, without the job."""
    job = Job(
        kind="export.request",
        subject=None,
        requester=Requester(email="ana@example.com", role=Role.VIEWER),
        input={},
        not_before=datetime.now(UTC),
        created_at=datetime.now(UTC),
    )
    return NotedRun(job, parts.jobs)


@dataclass
class Made:
    """A finished export and its ZIP."""

    completed: ExportCompleted
    content: bytes

    @property
    def zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.content))


Export = Callable[..., Awaitable[Made]]


@pytest.fixture
def export(parts: Parts) -> Export:
    """Export a slug, and fetch the ZIP."""

    async def make(
        slug: str, kind: ExportKind = ExportKind.STANDALONE, exporter: Exporter | None = None
    ) -> Made:
        completed = await (exporter or Exporter(parts)).export(slug, kind, make_run(parts))
        async with parts.blobs.open(f"exports/{completed.filename}") as chunks:
            return Made(completed, b"".join([chunk async for chunk in chunks]))

    return make
