"""From one version to the next without a gap: the old one serves until the new one is ready (docs/hosting.md).

Both share the name of the experiment's actor, so for the moment in which that actor is replaced the gateway holds the
experiment's requests. What fails before or after leaves the old version as it was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from libs.common.errors import EntrepotError
from libs.common.events.imports import ExperimentFailed, ExperimentStarted
from libs.common.hosting import CACHE_SECONDS, ERROR_LINES, Hosting, HostingState
from libs.common.registry import Registered
from services.importer.hosting.board import Board
from services.importer.hosting.cluster import Cluster, HostGone
from services.importer.hosting.connection import Connection
from services.importer.hosting.probe import Prober
from services.importer.hosting.version import Candidate, Starter, host_prefix

QUIET_SECONDS: Final = 1.5
"""How long requests under way may take to end before the actor is replaced under them."""
POLL_SECONDS: Final = 0.05
LIVE_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 25.0

log = structlog.get_logger(__name__)


class StartFailed(Exception):
    """The version does not start; `lines` say why."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines[-ERROR_LINES:]
        super().__init__(lines[-1] if lines else "")


@dataclass
class Switch:
    """One start of a version, beside the one that serves, if any."""

    registered: Registered
    old: Hosting | None
    connection: Connection
    board: Board
    prober: Prober
    environment_seconds: float = field(default=0.0, init=False)

    @property
    def slug(self) -> str:
        return self.registered.slug

    @property
    def cluster(self) -> Cluster:
        return self.connection.cluster

    async def run(self) -> Candidate | None:
        """The host that serves now, or None if the version failed, which is recorded. Raises: Superseded."""
        platform = self.registered.platform
        await self.board.enter(self.slug, HostingState.STARTING, tried=platform.revision, wanted_at=None)
        began = time.monotonic()
        try:
            candidate = await self._start()
        except (StartFailed, HostGone, EntrepotError) as error:
            await self._failed(error)
            return None
        await self._succeeded(candidate, time.monotonic() - began - self.environment_seconds)
        return candidate

    async def _start(self) -> Candidate:
        starter = await self.connection.open()
        environment, self.environment_seconds = await starter.environment(self.registered)
        candidate = await starter.start(self.registered, environment)
        try:
            await self._until_live(candidate)
            await self._replace_actor(starter, candidate)
        except BaseException:
            await self.cluster.kill_host(candidate.name)
            raise
        return candidate

    async def _until_live(self, candidate: Candidate) -> None:
        deadline = time.monotonic() + LIVE_SECONDS
        while await self.prober.probe(candidate.address, candidate.token) is None:
            if time.monotonic() > deadline:
                raise StartFailed(["The host started, but does not answer over HTTP."])
            await asyncio.sleep(POLL_SECONDS)

    async def _replace_actor(self, starter: Starter, candidate: Candidate) -> None:
        await self._hold()
        began = time.monotonic()
        try:
            lines = await starter.start_actor(candidate.host)
        except HostGone as error:
            lines = error.lines
        log.debug("the actor was replaced", slug=self.slug, seconds=round(time.monotonic() - began, 3))
        if lines:
            await self._restore_actor(starter)
            raise StartFailed(lines)

    async def _hold(self) -> None:
        """Have the gateway hold what comes, and let what is under way end."""
        old = self.old
        if old is None or old.address is None or old.token is None:
            return
        limits = self.board.limits
        longest = limits.host_start_seconds + limits.host_initialize_seconds
        await self.board.write(self.slug, held_until=datetime.now(UTC) + timedelta(seconds=longest))
        await asyncio.sleep(2 * CACHE_SECONDS)
        deadline = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < deadline:
            activity = await self.prober.probe(old.address, old.token)
            if activity is None or not activity.busy:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _restore_actor(self, starter: Starter) -> None:
        """The old version's actor again, in place of the new one, beside its host, which lives."""
        if self.old is None or self.old.host is None or not self.old.serves:
            await self.cluster.end_actor(self.slug)
            return
        try:
            lines = await starter.start_actor(await self.cluster.find_host(self.old.host))
        except HostGone as error:
            lines = error.lines
        if lines:
            log.error("the actor of the version before does not start again", slug=self.slug, lines=lines)

    async def _succeeded(self, candidate: Candidate, seconds: float) -> None:
        platform = self.registered.platform
        told = ExperimentStarted(
            slug=self.slug,
            revision=platform.revision,
            digest=platform.digest,
            seconds=round(seconds, 3),
            environment_seconds=round(self.environment_seconds, 3),
        )
        answered = await self._answered()
        await self.board.enter(
            self.slug,
            HostingState.RUNNING,
            None if answered else told,
            **answered,
            address=candidate.address,
            token=candidate.token,
            host=candidate.name,
            ray=self.cluster.address,
            revision=platform.revision,
            routes=candidate.routes,
            held_until=None,
            error=[],
        )
        log.info("the experiment serves", slug=self.slug, revision=platform.revision, seconds=told.seconds)

    async def _answered(self) -> dict[str, None]:
        """Empty unless a job waits for this start, and tells of it; one that waits for a stop goes on waiting."""
        hosting = await self.board.hostings.get(self.slug)
        is_asked = hosting is not None and hosting.asked_by is not None and not hosting.is_off
        return {"asked_by": None} if is_asked else {}

    async def _failed(self, error: Exception) -> None:
        lines = _lines(error)
        serving = self.old.revision if self.old is not None and self.old.serves else None
        told = ExperimentFailed(
            slug=self.slug, revision=self.registered.platform.revision, serving_revision=serving, lines=lines
        )
        answered = await self._answered()
        await self.board.enter(self.slug, HostingState.FAILED, told, held_until=None, error=lines, **answered)
        log.warning("the experiment does not start", slug=self.slug, reason=lines[-1:], serving=serving)


async def retire(cluster: Cluster, slug: str, *, keep: str | None) -> None:
    """Drain and end all hosts of an experiment but one."""
    rows = await cluster.actors()
    for name, row in rows.items():
        if name.startswith(host_prefix(slug)) and name != keep and not row.is_gone:
            try:
                await (await cluster.find_host(name)).drain(seconds=DRAIN_SECONDS)
            except HostGone as error:
                log.debug("a host was gone before it was drained", host=name, reason=error.lines[-1:])
            await cluster.kill_host(name)


def _lines(error: Exception) -> list[str]:
    if isinstance(error, StartFailed | HostGone):
        return error.lines[-ERROR_LINES:]
    return [error.detail if isinstance(error, EntrepotError) else str(error)]
