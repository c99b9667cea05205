"""The one transaction that makes versions current: the configuration by compare-and-set, and the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database, Session
from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.errors import Unavailable
from libs.common.jobs.run import Commit
from libs.common.registry import Bundle, Platform, Registered
from libs.common.versions import Version
from services.importer.history import History


class RevisionMoved(Unavailable):
    """The experiment changed while this import worked on it; it is planned anew."""

    code = "revision-moved"


class Registrar:
    """Writes `experiments_config` and `experiment_versions`, for `Outcome.commit`."""

    def __init__(self, database: Database, history: History) -> None:
        self._configs = database[EXPERIMENTS_CONFIG]
        self._history = history

    def make_current(
        self,
        versions: Sequence[Version],
        manifest: dict[str, Any],
        *,
        base_revision: int | None,
        uri: str,
        shared: Sequence[Bundle] = (),
    ) -> Commit:
        """Add versions to the history; the last becomes the current one. Raises (later): RevisionMoved, BundleGone."""
        current = versions[-1]

        async def commit(session: Session) -> None:
            for bundle in shared:
                await self._history.share(current.slug, bundle, session=session)
            before = await self._read(current.slug, base_revision, session)
            document = _document(current, manifest, uri, before)
            if before is None:
                await self._insert(document, session)
            else:
                await self._configs.replace_one({"_id": current.slug}, document, session=session)
            await self._history.add(versions, session=session)

        return commit

    def remove(self, end: Version, *, base_revision: int) -> Commit:
        """Take the experiment out of the configuration; its history goes on with `end`."""

        async def commit(session: Session) -> None:
            await self._read(end.slug, base_revision, session)
            await self._configs.delete_one({"_id": end.slug}, session=session)
            await self._history.add([end], session=session)

        return commit

    async def _read(self, slug: str, base_revision: int | None, session: Session) -> dict[str, Any] | None:
        """The document as it is in this transaction. Raises: RevisionMoved, if it is not at `base_revision`."""
        document = await self._configs.find_one({"_id": slug}, session=session)
        revision = document["platform"]["revision"] if document else None
        if revision != base_revision:
            raise RevisionMoved
        return document

    async def _insert(self, document: dict[str, Any], session: Session) -> None:
        try:
            await self._configs.insert_one(document, session=session)
        except DuplicateKeyError as error:
            raise RevisionMoved from error


def _document(
    current: Version, manifest: dict[str, Any], uri: str, before: dict[str, Any] | None
) -> dict[str, Any]:
    """The new configuration; what operators and hosting wrote under `platform` stays."""
    if current.bundle is None:
        raise AssertionError("the current version's files are kept")
    kept = before["platform"] if before else {}
    platform = Platform(
        revision=current.revision,
        digest=current.digest,
        bundle=current.bundle,
        author=current.author,
        updated_at=current.created_at,
        settings=kept.get("settings", {}),
    )
    registered = Registered(slug=current.slug, manifest=manifest, platform=platform, runtime_s3_uri=uri)
    document = registered.as_document()
    document["platform"] = kept | document["platform"]
    return document
