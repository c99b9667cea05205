"""What is known of experiments at a glance: registration, hosting and the last export, in three queries a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_HOSTING, EXPORT_LOGS
from libs.common.events.exports import ExportKind
from libs.common.exports import ExportRow
from libs.common.hosting import Hosting, HostingState
from libs.common.manifest.model import Status
from libs.common.registry import Registered, Registry

SHORT_DIGEST: Final = 12
"""Digits of a digest that people see; enough to tell the versions of one experiment apart."""
NOT_READ: Final = {"token": 0, "untold": 0}
"""Of a hosting record: the secret, and what only its writer needs."""


class Serving(StrEnum):
    """What visitors of an experiment meet."""

    SERVING = "serving"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    """By an operator, until the action `start` or a new version."""
    FAILED = "failed"
    """The registered version did not start; `serving_revision` tells whether the one before goes on."""
    IDLE = "idle"
    """The first request starts it."""
    INACTIVE = "inactive"
    """Its status keeps it from being served."""


class HostingOverview(BaseModel):
    """How an experiment is hosted now, without what is secret."""

    model_config = ConfigDict(frozen=True)

    state: Serving
    since: datetime | None = None
    """Of the state; absent where it was never hosted."""
    serving_revision: int | None = None
    path: str
    """Where it is served."""
    actor: str | None = None
    """Name of its Ray actor, in the namespace `modular_labs`."""
    routes: list[str] = []
    error: list[str] = []
    """The last lines of why a version did not start."""
    indexes: dict[str, str] = {}
    """What became of each managed index, by its name on disk."""

    @classmethod
    def of(cls, registered: Registered, hosting: Hosting | None) -> Self:
        slug = registered.slug
        shown = hosting or Hosting(slug=slug)
        return cls(
            state=_serving(registered, hosting),
            since=hosting.since if hosting else None,
            serving_revision=shown.revision if shown.serves else None,
            path=f"/experiments/{slug}/",
            actor=f"{slug}-actor" if shown.serves else None,
            routes=shown.routes if shown.serves else [],
            error=shown.error,
            indexes=shown.indexes,
        )


class LastExport(BaseModel):
    """The newest export of an experiment, of whichever kind."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    kind: ExportKind
    created_at: datetime
    file_size: int


class ExperimentOverview(BaseModel):
    """A registered experiment. `version` is the short digest of its files, `revision` counts changes of version."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    description: str | None
    status: Status
    version: str
    revision: int
    digest: str
    author: str
    updated_at: datetime
    bundle_size: int
    hosting: HostingOverview
    last_export: LastExport | None = None

    @classmethod
    def of(cls, registered: Registered, hosting: Hosting | None, last: ExportRow | None) -> Self:
        effective, platform = registered.effective, registered.platform
        return cls(
            slug=registered.slug,
            name=effective.name or registered.slug,
            description=effective.description,
            status=effective.status,
            version=platform.digest[:SHORT_DIGEST],
            revision=platform.revision,
            digest=platform.digest,
            author=platform.author,
            updated_at=platform.updated_at,
            bundle_size=platform.bundle.size,
            hosting=HostingOverview.of(registered, hosting),
            last_export=_last_export(last) if last else None,
        )


class Overviews:
    """Reads what the importer and the exporter write."""

    def __init__(self, database: Database) -> None:
        self._registry = Registry(database)
        self._hostings = database[EXPERIMENT_HOSTING]
        self._exports = database[EXPORT_LOGS]

    async def page(self, *, after: str = "", limit: int) -> list[ExperimentOverview]:
        """Experiments in order of their slugs."""
        return await self._of(await self._registry.page(after=after, limit=limit))

    async def get(self, slug: str) -> ExperimentOverview:
        """Whatever its status. Raises: ExperimentNotFound."""
        [found] = await self._of([await self._registry.get(slug)])
        return found

    async def _of(self, experiments: Sequence[Registered]) -> list[ExperimentOverview]:
        slugs = [registered.slug for registered in experiments]
        hosted = {
            document["_id"]: Hosting.from_document(document)
            async for document in self._hostings.find({"_id": {"$in": slugs}}, NOT_READ)
        }
        exported = {row.slug_id: row for row in await self._last_exports(slugs)}
        return [
            ExperimentOverview.of(each, hosted.get(each.slug), exported.get(each.slug))
            for each in experiments
        ]

    async def _last_exports(self, slugs: Sequence[str]) -> list[ExportRow]:
        """One step in the index for each slug, however many exports it has."""
        newest: list[dict[str, Any]] = [
            {"$match": {"slug_id": {"$in": list(slugs)}}},
            {"$sort": {"slug_id": 1, "created_at": -1}},
            {"$group": {"_id": "$slug_id", "row": {"$first": "$$ROOT"}}},
        ]
        return [ExportRow.model_validate(each["row"]) async for each in self._exports.aggregate(newest)]


def _serving(registered: Registered, hosting: Hosting | None) -> Serving:
    if not registered.is_active:
        return Serving.STOPPING if hosting and not hosting.is_at_rest else Serving.INACTIVE
    if hosting is None:
        return Serving.IDLE
    if hosting.is_off:
        return Serving.STOPPED if hosting.is_at_rest else Serving.STOPPING
    if hosting.state is HostingState.STOPPED:
        return Serving.IDLE if hosting.wanted_at is None else Serving.STARTING
    return {
        HostingState.STARTING: Serving.STARTING,
        HostingState.RUNNING: Serving.SERVING,
        HostingState.FAILED: Serving.FAILED,
    }[hosting.state]


def _last_export(row: ExportRow) -> LastExport:
    return LastExport(
        export_id=row.id, kind=row.export_type, created_at=row.created_at, file_size=row.file_size
    )
