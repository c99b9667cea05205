"""Brings what runs to what is registered and asked for, round by round (docs/hosting.md).

It remembers nothing that counts: each round begins with what is registered, the records and Ray's own table. So the
next supervisor goes on where one has died, and a lost event only costs the time to the next round.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.events.envelope import Message
from libs.common.events.imports import ExperimentFailed, ExperimentStopped, StopReason
from libs.common.hosting import CACHE_SECONDS, Hosting, HostingState
from libs.common.leadership import Leadership
from libs.common.manifest.model import Status
from libs.common.registry import ExperimentNotFound
from services.importer.context import Importer
from services.importer.hosting.board import Board, Superseded
from services.importer.hosting.connection import Connection
from services.importer.hosting.decide import Entry, Start, decide
from services.importer.hosting.indexes import follow_indexes
from services.importer.hosting.probe import Prober
from services.importer.hosting.switch import Switch, retire
from services.importer.hosting.watch import Finding, Watch

TASK: Final = "hosting"
LEASE_SECONDS: Final = 10.0
"""An importer that has not renewed for so long is dead; the rounds that renew come every half second."""
ROUND_SECONDS: Final = 0.5
"""How long a first request waits at most before its start begins; a round costs two small queries."""
WATCH_SECONDS: Final = 2.0
FOLLOWER_SECONDS: Final = 2.0
"""How often an importer that does not supervise looks whether it should."""
PARALLEL_STARTS: Final = 2
"""Starts are bound by the processor: more at the same time only makes each slower."""
CRASHING: Final = "A process of this version ended again and again; it was stopped."

NOWHERE: Final[dict[str, Any]] = {
    "address": None,
    "token": None,
    "host": None,
    "routes": [],
    "held_until": None,
}
"""What a record says when nothing serves."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def supervision(importer: Importer) -> AsyncIterator[None]:
    """Supervise while entered, if no other importer does; what runs goes on running on leaving."""
    supervisor = Supervisor(importer)

    async def hear(_: Message) -> None:
        supervisor.wake()

    async with importer.parts.bus.subscribe(("experiment.*",), hear):
        running = asyncio.create_task(supervisor.run(), name="hosting")
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})


class Supervisor:
    """At most one task per slug is under way."""

    def __init__(self, importer: Importer) -> None:
        parts = importer.parts
        self._importer = importer
        self._leadership = Leadership(parts.database, TASK, seconds=LEASE_SECONDS)
        self._board = Board(parts.database, parts.bus, self._leadership, parts.limits)
        self._connection = Connection(parts)
        self._prober = Prober()
        self._watch = Watch(self._connection.cluster, self._board, self._prober)
        self._starts = asyncio.Semaphore(PARALLEL_STARTS)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._watched_at = 0.0

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                leads = await self._try("supervising", self._round)
                await self._wait(ROUND_SECONDS if leads else FOLLOWER_SECONDS)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self._prober.close()
            await self._connection.close()
            await self._try("giving up the lease", self._give_up)

    async def _give_up(self) -> bool:
        await self._leadership.give_up()
        return True

    async def _try(self, what: str, work: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
        try:
            return await work()
        except Exception:  # whatever it was, the next round comes
            log.warning("a round of the supervisor failed", what=what, exc_info=True)
            return False

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    async def _round(self) -> bool:
        """Whether this importer supervises."""
        if not await self._leadership.hold():
            return False
        entries = await self._entries()
        hostings = {hosting.slug: hosting for hosting in await self._board.hostings.all()}
        await self._connection.drop_lost()
        present = self._connection.present()
        for slug in sorted(entries.keys() | hostings.keys()):
            if slug not in self._tasks:
                await self._act(slug, entries.get(slug), hostings.get(slug), present)
        await self._look_around(hostings)
        return True

    async def _act(
        self, slug: str, entry: Entry | None, hosting: Hosting | None, present: str | None
    ) -> None:
        if hosting is not None and hosting.untold is not None:
            await self._board.tell(slug, hosting.untold)
        if hosting is not None and hosting.serves and hosting.ray != present:
            await self._lost(hosting)
            return
        match decide(entry, hosting, datetime.now(UTC)):
            case None:
                pass
            case StopReason() as reason if hosting is not None:
                self._begin(slug, self._stop(hosting, reason))
            case Start() as why:
                log.info("starting an experiment", slug=slug, why=why.name.lower())
                self._begin(slug, self._start(slug, hosting))

    def _begin(self, slug: str, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Superseded:
                log.warning("another importer supervises now", slug=slug)
            except Exception:  # the next round tries again
                log.exception("an experiment could not be started or stopped", slug=slug)
            finally:
                self._tasks.pop(slug, None)

        self._tasks[slug] = asyncio.create_task(guarded(), name=f"hosting {slug}")

    async def _start(self, slug: str, hosting: Hosting | None) -> None:
        async with self._starts:
            try:
                registered = await self._importer.registry.get_active(slug)
            except ExperimentNotFound:
                return
            switch = Switch(registered, hosting, self._connection, self._board, self._prober)
            self._watch.forget(slug)
            candidate = await switch.run()
        if candidate is None:
            return
        await follow_indexes(registered, hosting, candidate.host, self._board)
        await retire(self._connection.cluster, slug, keep=candidate.name)

    async def _stop(self, hosting: Hosting, reason: StopReason) -> None:
        """Tell the gateway first, so that no request meets a host that ends."""
        slug = hosting.slug
        told = None if hosting.asked_by else ExperimentStopped(slug=slug, reason=reason)
        await self._board.enter(
            slug,
            HostingState.STOPPED,
            told,
            **NOWHERE,
            wanted_at=None,
            asked_by=None,
        )
        if self._connection.present() is not None:
            await self._connection.open()
            await asyncio.sleep(2 * CACHE_SECONDS)
            await retire(self._connection.cluster, slug, keep=None)
            await self._connection.cluster.end_actor(slug)
        self._watch.forget(slug)
        if reason is StopReason.UNREGISTERED:
            await self._board.hostings.remove(slug)
        log.info("the experiment is stopped", slug=slug, reason=reason)

    async def _lost(self, hosting: Hosting) -> None:
        """The Ray that ran it is gone, and the experiment with it; the next request starts it again."""
        await self._board.write(hosting.slug, state=HostingState.STOPPED, **NOWHERE, wanted_at=None)

    async def _look_around(self, hostings: dict[str, Hosting]) -> None:
        """Every few seconds, at all that serve."""
        now = asyncio.get_running_loop().time()
        serving = [one for one in hostings.values() if one.serves and one.slug not in self._tasks]
        if not serving or now - self._watched_at < WATCH_SECONDS:
            return
        self._watched_at = now
        await self._connection.open()
        rows = await self._connection.cluster.actors()
        for hosting in serving:
            if hosting.slug not in self._tasks:
                self._begin(hosting.slug, self._look(hosting, rows))

    async def _look(self, hosting: Hosting, rows: dict[str, Any]) -> None:
        finding = await self._watch.look(hosting, rows)
        match finding:
            case Finding.IDLE:
                await self._stop(hosting, StopReason.IDLE)
            case Finding.DIED:
                await self._start(hosting.slug, None)
            case Finding.CRASHING:
                await self._give_up_on(hosting)
            case Finding.WELL:
                pass

    async def _give_up_on(self, hosting: Hosting) -> None:
        told = ExperimentFailed(
            slug=hosting.slug, revision=hosting.revision or 0, serving_revision=None, lines=[CRASHING]
        )
        await self._board.enter(hosting.slug, HostingState.FAILED, told, **NOWHERE, error=[CRASHING])
        log.error("an experiment crashes again and again", slug=hosting.slug)
        await self._connection.cluster.end_actor(hosting.slug)
        await retire(self._connection.cluster, hosting.slug, keep=None)

    async def _entries(self) -> dict[str, Entry]:
        wanted = {"status": 1, "platform.settings.status": 1, "platform.revision": 1, "platform.author": 1}
        found = self._importer.parts.database[EXPERIMENTS_CONFIG].find({}, wanted)
        entries = {}
        async for document in found:
            platform = document["platform"]
            status = platform.get("settings", {}).get("status", document.get("status", Status.ACTIVE))
            entries[document["_id"]] = Entry(
                slug=document["_id"],
                revision=platform["revision"],
                author=platform["author"],
                is_active=status == Status.ACTIVE,
            )
        return entries
