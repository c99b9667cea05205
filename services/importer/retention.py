"""What the importer keeps, and for how long. Everything young is spared, as a running job may be about to name it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

from libs.common.database.collections import EXPERIMENT_VERSIONS, EXPERIMENTS_CONFIG, JOBS
from libs.common.jobs.model import ENDED
from libs.common.retention import Doomed, Rule, spare
from libs.common.retention.jobs import EndedJobs
from libs.common.retention.objects import UnnamedObjects, uploads
from services.importer.bundle import KIND
from services.importer.context import Importer
from services.importer.data.retention import KeptData, StagedData
from services.importer.sweep import prune
from services.importer.versions.pack import DOWNLOADS

BUNDLE_KEY: Final = re.compile(rf"[a-z0-9][a-z0-9_-]*/{KIND}-[0-9TZ]+\.zip")


def shared_rules(importer: Importer) -> list[Rule]:
    """For what all importers share; one of them applies these. Jobs of all services are among it."""
    return [
        uploads(importer.parts),
        OldVersions(importer),
        _bundles(importer),
        _packed(importer),
        KeptData(importer),
        StagedData(importer),
        EndedJobs.of(importer.parts),
    ]


@dataclass(frozen=True)
class OldVersions:
    """Files of versions beyond the newest. The bundle goes with the last version that names it."""

    importer: Importer

    @property
    def kind(self) -> str:
        return "versions"

    async def find(self) -> AsyncIterator[Doomed]:
        keep = self.importer.parts.limits.kept_versions
        for slug in sorted(await self.importer.history.slugs()):
            for version in (await self.importer.history.kept(slug))[keep:]:
                name = f"{slug}@{version.revision}"
                yield Doomed(self.kind, name, f"{keep} newer ones are kept", version.created_at)

    async def remove(self, doomed: Doomed) -> int:
        slug, _, revision = doomed.name.partition("@")
        was_kept = {version.revision for version in await self.importer.history.kept(slug)}
        await prune(self.importer, slug)
        return int(int(revision) in was_kept)


def _bundles(importer: Importer) -> UnnamedObjects:
    """Bundles of versions that are kept no longer; those of a crash before its version was registered."""
    database = importer.parts.database

    async def named(keys: Sequence[str]) -> set[str]:
        among = {"$in": list(keys)}
        versions = await database[EXPERIMENT_VERSIONS].distinct("bundle.key", {"bundle.key": among})
        current = {"platform.bundle.key": among}
        return {*versions, *await database[EXPERIMENTS_CONFIG].distinct("platform.bundle.key", current)}

    return UnnamedObjects(
        kind="bundles",
        blobs=importer.parts.blobs,
        prefix="",
        age=spare(importer.parts.limits),
        named=named,
        reason="no kept version names it",
        only=BUNDLE_KEY,
    )


def _packed(importer: Importer) -> UnnamedObjects:
    """ZIPs of versions that were downloaded, once the version is kept no longer and no link to it works."""
    limits = importer.parts.limits

    async def named(keys: Sequence[str]) -> set[str]:
        paths = [PurePosixPath(key) for key in keys]
        kept: set[str] = set()
        for slug in {path.parent.name for path in paths}:
            under_way = {"subject": slug, "state": {"$nin": sorted(ENDED)}}
            if await importer.parts.database[JOBS].find_one(under_way, {"_id": 1}) is not None:
                kept |= {key for key, path in zip(keys, paths, strict=True) if path.parent.name == slug}
            kept |= {
                f"{DOWNLOADS}/{slug}/{version.digest}.zip" for version in await importer.history.kept(slug)
            }
        return kept

    return UnnamedObjects(
        kind="version downloads",
        blobs=importer.parts.blobs,
        prefix=f"{DOWNLOADS}/",
        age=max(spare(limits), timedelta(seconds=limits.link_seconds)),
        named=named,
        reason="its version is kept no longer",
    )
