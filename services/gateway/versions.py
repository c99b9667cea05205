"""The history of an experiment; only the importer writes there."""

from __future__ import annotations

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.registry import ExperimentNotFound
from libs.common.versions import Version


class Versions:
    """Reads `experiment_versions`."""

    def __init__(self, database: Database) -> None:
        self._versions = database[EXPERIMENT_VERSIONS]

    async def require(self, slug: str) -> None:
        """That there is, or was, such an experiment. Raises: ExperimentNotFound."""
        if await self._versions.find_one({"slug": slug}, {"_id": 1}) is None:
            raise ExperimentNotFound(f"There is no experiment {slug!r}, and there never was one.")

    async def newest(self, slug: str, *, before: int | None, limit: int) -> list[Version]:
        """By falling revision; the next page begins `before` the last one's."""
        below = {"revision": {"$lt": before}} if before is not None else {}
        found = self._versions.find({"slug": slug, **below}).sort("revision", -1).limit(limit)
        return [Version.model_validate(document) async for document in found]
