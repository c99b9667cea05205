"""Sees to it that what runs goes on running: hosts that hang, die or move, actors that restart, experiments idle.

Ray starts dead processes again by itself; the watch finds their new address, runs `initialize()` in an actor's new
incarnation, and gives up on what dies again and again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import structlog

from libs.common.hosting import Hosting
from services.importer.hosting.board import Board
from services.importer.hosting.cluster import HOST_RESTARTS, ActorRow, Cluster, HostGone
from services.importer.hosting.probe import Prober

HANGING_PROBES: Final = 2
"""Probes in turn without an answer before a host is killed; one can be bad luck."""
MAX_RESTARTS: Final = 5
RESTART_WINDOW_SECONDS: Final = 60.0
"""Who restarts more often in this time is stopped and reported: it would go on for ever."""
INITIALIZE_TRIES: Final = 3
"""The actor may end again while it is being initialized."""
ADDRESS_SECONDS: Final = 20.0

log = structlog.get_logger(__name__)


class Finding(Enum):
    """What the watch leaves to the supervisor."""

    WELL = auto()
    IDLE = auto()
    DIED = auto()
    """The host has ended for good."""
    CRASHING = auto()
    """A process of it ends again and again."""


@dataclass
class _Memory:
    """Of one host that serves."""

    host: str
    silent: int = 0
    host_restarts: int = 0
    actor: str | None = None
    actor_restarts: int = 0
    to_initialize: int = 0
    """How often `initialize()` may still be tried in the actor's present incarnation."""
    restarts: deque[float] = field(default_factory=deque)

    def note_restarts(self, count: int, now: float) -> None:
        self.restarts.extend([now] * count)
        while self.restarts and self.restarts[0] < now - RESTART_WINDOW_SECONDS:
            self.restarts.popleft()

    @property
    def is_crashing(self) -> bool:
        return len(self.restarts) > MAX_RESTARTS


class Watch:
    """One look at one experiment at a time."""

    def __init__(self, cluster: Cluster, board: Board, prober: Prober) -> None:
        self._cluster = cluster
        self._board = board
        self._prober = prober
        self._memories: dict[str, _Memory] = {}

    def forget(self, slug: str) -> None:
        self._memories.pop(slug, None)

    async def look(self, hosting: Hosting, rows: Mapping[str, ActorRow]) -> Finding:
        """Raises: Superseded."""
        if hosting.host is None or hosting.address is None or hosting.token is None:
            return Finding.WELL
        memory = self._memories.get(hosting.slug)
        if memory is None or memory.host != hosting.host:
            memory = self._memories[hosting.slug] = _Memory(hosting.host)
        row = rows.get(hosting.host)
        if row is None:
            return Finding.DIED
        await self._look_at_actor(hosting, rows.get(f"{hosting.slug}-actor"), memory)
        memory.note_restarts(row.restarts - memory.host_restarts, time.monotonic())
        memory.host_restarts = row.restarts
        if row.is_gone:
            return Finding.CRASHING if len(memory.restarts) >= HOST_RESTARTS else Finding.DIED
        if memory.is_crashing:
            return Finding.CRASHING
        activity = await self._prober.probe(hosting.address, hosting.token)
        if activity is None:
            await self._look_closer(hosting, row, memory)
            return Finding.WELL
        memory.silent = 0
        limit = self._board.limits.host_idle_seconds
        return Finding.IDLE if not activity.busy and activity.idle_seconds > limit else Finding.WELL

    async def _look_at_actor(self, hosting: Hosting, row: ActorRow | None, memory: _Memory) -> None:
        """Count its restarts, and have a new incarnation initialized."""
        if row is None or row.is_gone:
            return
        if memory.actor != row.id:  # the first look, or another actor
            memory.actor, memory.actor_restarts = row.id, row.restarts
            memory.to_initialize = INITIALIZE_TRIES if row.restarts else 0
        elif row.restarts != memory.actor_restarts:
            memory.note_restarts(row.restarts - memory.actor_restarts, time.monotonic())
            memory.actor_restarts = row.restarts
            memory.to_initialize = INITIALIZE_TRIES
            log.warning("an experiment's actor was restarted", slug=hosting.slug, restarts=row.restarts)
        if memory.to_initialize and row.is_alive and not memory.is_crashing and hosting.host is not None:
            lines = await self._initialize(hosting.host)
            memory.to_initialize = memory.to_initialize - 1 if lines else 0
            if lines:
                log.warning("initialize() failed after a restart", slug=hosting.slug, lines=lines)

    async def _initialize(self, host: str) -> list[str]:
        seconds = self._board.limits.host_initialize_seconds
        try:
            return await (await self._cluster.find_host(host)).initialize(seconds=seconds)
        except HostGone as error:
            return error.lines

    async def _look_closer(self, hosting: Hosting, row: ActorRow, memory: _Memory) -> None:
        """A host that was restarted has another port; one that still does not answer hangs, and is killed."""
        memory.silent += 1
        try:
            host = await self._cluster.find_host(row.name)
            address = await host.address(seconds=ADDRESS_SECONDS)
        except HostGone as error:
            log.warning("a host is out of reach", slug=hosting.slug, reason=error.lines[-1:])
            return
        if address != hosting.address:
            memory.silent = 0
            await self._board.write(hosting.slug, address=address)
            log.info("a host has a new address", slug=hosting.slug)
        elif memory.silent >= HANGING_PROBES:
            memory.silent = 0
            log.warning("a host hangs and is killed", slug=hosting.slug)
            await self._cluster.kill_host(row.name, restart=True)
