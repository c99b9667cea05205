"""Registered experiments: look, start, stop, roll back, clone, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator

from entrepot_client.jobs import Tell
from entrepot_client.models.experiments import Change, Experiment, ExperimentPage, Version, VersionPage
from entrepot_client.transport import Transport
from entrepot_client.work import Work

PAGE = 200


class Experiments:
    """Whatever changes something raises Refused, Unreachable or StillRunning."""

    def __init__(self, transport: Transport, work: Work) -> None:
        self._transport = transport
        self._work = work

    async def all(self) -> AsyncIterator[Experiment]:
        """By slug."""
        after: str | None = None
        while True:
            page = await self._transport.get(
                "/api/experiments", ExperimentPage, {"after": after, "limit": PAGE}
            )
            for experiment in page.experiments:
                yield experiment
            if (after := page.next) is None:
                return

    async def get(self, slug: str) -> Experiment:
        """Raises: Refused (404)."""
        return await self._transport.get(f"/api/experiments/{slug}", Experiment)

    async def versions(self, slug: str) -> AsyncIterator[Version]:
        """The newest first, also of an experiment that was deleted. Raises: Refused (404)."""
        before: int | None = None
        while True:
            wanted = {"before": before, "limit": PAGE}
            page = await self._transport.get(f"/api/experiments/{slug}/versions", VersionPage, wanted)
            for version in page.versions:
                yield version
            if (before := page.next) is None:
                return

    async def start(self, slug: str, *, tell: Tell | None = None) -> Change:
        """Serve the registered version."""
        return await self._work.change("POST", f"/api/experiments/{slug}/start", Change, tell=tell)

    async def stop(self, slug: str, *, tell: Tell | None = None) -> Change:
        """Serve it no longer, until it is started or gets a new version."""
        return await self._work.change("POST", f"/api/experiments/{slug}/stop", Change, tell=tell)

    async def rollback(
        self, slug: str, revision: int | None = None, *, note: str | None = None, tell: Tell | None = None
    ) -> Change:
        """To a kept revision, or to the one before."""
        body = {"revision": revision, "note": note}
        return await self._work.change(
            "POST", f"/api/experiments/{slug}/rollback", Change, body=body, tell=tell
        )

    async def clone(self, slug: str, to: str, *, note: str | None = None, tell: Tell | None = None) -> Change:
        """The files under another slug, without data."""
        body = {"to": to, "note": note}
        return await self._work.change("POST", f"/api/experiments/{slug}/clone", Change, body=body, tell=tell)

    async def delete(self, slug: str, *, data: bool = False, tell: Tell | None = None) -> Change:
        """Take it out of the platform; `data` drops its collections and kept versions, too."""
        params = {"delete_data": "true" if data else None}
        return await self._work.change("DELETE", f"/api/experiments/{slug}", Change, params=params, tell=tell)
