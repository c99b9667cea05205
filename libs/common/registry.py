"""Registered experiments: one document of `experiments_config` per slug (DESIGN §6).

Manifest keys lie flat at the top level, as experiments read them; what is ours lies under `platform`. Operators'
settings come before the manifest, and an import never changes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.errors import NotFound
from libs.common.manifest.model import Manifest, Status

OURS: Final = frozenset({"_id", "platform", "runtime_s3_uri"})
"""Keys of the document that are no part of the manifest, whatever a manifest says."""


class ExperimentNotFound(NotFound):
    """There is no active experiment of that name."""

    code = "experiment-not-found"


class Bundle(BaseModel):
    """The accepted files as one ZIP in blob storage, from which any host can restore the version."""

    model_config = ConfigDict(frozen=True)

    key: str
    sha256: str
    size: int


class Platform(BaseModel):
    """The platform's own record of an experiment; `revision` rises by one with each change of version."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    revision: int
    digest: str
    bundle: Bundle
    author: str
    updated_at: datetime
    settings: dict[str, Any] = Field(default_factory=dict)


class Registered(BaseModel):
    """An experiment as it is registered now."""

    model_config = ConfigDict(frozen=True)

    slug: str
    manifest: dict[str, Any]
    """As in `manifest.json` of the current version."""
    platform: Platform
    runtime_s3_uri: str

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Registered:
        manifest = {key: value for key, value in document.items() if key not in OURS}
        return cls(
            slug=document["_id"],
            manifest=manifest,
            platform=Platform.model_validate(document["platform"]),
            runtime_s3_uri=document["runtime_s3_uri"],
        )

    def as_document(self) -> dict[str, Any]:
        ours = {
            "_id": self.slug,
            "slug": self.slug,
            "platform": self.platform.model_dump(),
            "runtime_s3_uri": self.runtime_s3_uri,
        }
        return self.manifest | ours

    @property
    def effective(self) -> Manifest:
        """What counts: the manifest with the operator's settings over it."""
        return Manifest.model_validate(self.manifest | self.platform.settings)

    @property
    def is_active(self) -> bool:
        return self.effective.status is Status.ACTIVE


class Registry:
    """Reads `experiments_config`; only the importer writes there."""

    def __init__(self, database: Database) -> None:
        self._configs = database[EXPERIMENTS_CONFIG]

    async def get(self, slug: str) -> Registered:
        """Whatever its status. Raises: ExperimentNotFound."""
        document = await self._configs.find_one({"_id": slug})
        if document is None:
            raise ExperimentNotFound(f"There is no experiment {slug!r}.")
        return Registered.from_document(document)

    async def get_active(self, slug: str) -> Registered:
        """Raises: ExperimentNotFound, also where the experiment is not active."""
        registered = await self.get(slug)
        if not registered.is_active:
            raise ExperimentNotFound(
                f"The experiment {slug!r} is {registered.effective.status}; only active ones are exported and served."
            )
        return registered

    async def slugs(self) -> list[str]:
        """All registered slugs, sorted."""
        return sorted(await self._configs.distinct("_id"))

    async def page(self, *, after: str = "", limit: int) -> list[Registered]:
        """Experiments in order of their slugs."""
        found = self._configs.find({"_id": {"$gt": after}}).sort("_id", 1).limit(limit)
        return [Registered.from_document(document) async for document in found]
