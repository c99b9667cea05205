"""`experiment_versions`: every revision of every slug, kept or not."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common.database.client import Database, Session
from libs.common.database.collections import EXPERIMENT_VERSIONS
from libs.common.errors import NotFound, Unavailable
from libs.common.registry import Bundle
from libs.common.versions import Version

NEWEST_FIRST = [("revision", -1)]


class VersionNotFound(NotFound):
    """There is no such version, or its files are no longer kept."""

    code = "version-not-found"


class BundleGone(Unavailable):
    """The stored files that this import meant to share were removed just now."""

    code = "bundle-gone"


class History:
    """Revisions rise by one and are never used again, also after a deletion."""

    def __init__(self, database: Database) -> None:
        self._versions = database[EXPERIMENT_VERSIONS]

    async def last_revision(self, slug: str) -> int:
        """0 for a slug that was never registered."""
        newest = await self._versions.find_one({"slug": slug}, sort=NEWEST_FIRST)
        return int(newest["revision"]) if newest else 0

    async def kept(self, slug: str) -> list[Version]:
        """Versions whose files are kept, the newest first."""
        found = self._versions.find({"slug": slug, "bundle": {"$ne": None}}).sort(NEWEST_FIRST)
        return [Version.model_validate(document) async for document in found]

    async def one_with(self, slug: str, digest: str) -> Version | None:
        """The newest kept version of the same files."""
        return next((version for version in await self.kept(slug) if version.digest == digest), None)

    async def newest(self, slug: str, revision: int | None = None) -> Version:
        """The named version, or the newest that is kept: the current one, if there is one. Raises: VersionNotFound."""
        found = next(
            (version for version in await self.kept(slug) if revision in {None, version.revision}), None
        )
        if found is None:
            wanted = f"revision {revision} of {slug!r}" if revision is not None else f"{slug!r}"
            raise VersionNotFound(f"No files of {wanted} are kept.")
        return found

    async def target(self, slug: str, revision: int | None, *, before: int) -> Version:
        """The version to go back to: the named one, or the last before the current. Raises: VersionNotFound."""
        kept = await self.kept(slug)
        if revision is None:
            found = next((version for version in kept if version.revision < before), None)
        else:
            found = next((version for version in kept if version.revision == revision), None)
        if found is None:
            wanted = "an earlier revision" if revision is None else f"revision {revision}"
            raise VersionNotFound(f"The files of {wanted} of {slug!r} are not kept.")
        return found

    async def add(self, versions: Sequence[Version], *, session: Session) -> None:
        await self._versions.insert_many([version.model_dump() for version in versions], session=session)

    async def share(self, slug: str, bundle: Bundle, *, session: Session) -> None:
        """Claim a bundle that an earlier version keeps, so that none prunes it meanwhile. Raises: BundleGone."""
        shared = await self._versions.update_one(
            {"slug": slug, "bundle.key": bundle.key}, {"$inc": {"shared": 1}}, session=session
        )
        if not shared.matched_count:
            raise BundleGone

    async def prune(self, slug: str, *, keep: int) -> list[Bundle]:
        """Forget the files of all but the newest versions; returns the bundles that none names any more."""
        kept = await self.kept(slug)
        old = kept[keep:]
        if old:
            revisions = [version.revision for version in old]
            await self._versions.update_many(
                {"slug": slug, "revision": {"$in": revisions}}, {"$set": {"bundle": None}}
            )
        named = await self.bundle_keys(slug)
        bundles = [version.bundle for version in old if version.bundle]
        return [bundle for bundle in bundles if bundle.key not in named]

    async def forget(self, slug: str) -> None:
        """Keep no files of any revision; a sweep removes them. The history stays."""
        await self._versions.update_many({"slug": slug}, {"$set": {"bundle": None}})

    async def bundle_keys(self, slug: str) -> set[str]:
        keys = await self._versions.distinct("bundle.key", {"slug": slug})
        return {key for key in keys if key is not None}

    async def slugs(self) -> set[str]:
        """All slugs that were ever registered."""
        return set(await self._versions.distinct("slug"))
