"""Which form the stored data have, and the way to the one that this version writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from libs.common.database.client import Database
from libs.common.errors import Misconfigured, Unavailable
from libs.common.leadership import Leadership
from libs.common.migrations.steps import STEPS, Step

COLLECTION: Final = "schema"
"""One document: `version`, and `at`, the time of its last change."""
FIRST_VERSION: Final = 1
NEWER_VERSIONS_READ: Final = 1
"""During an upgrade services of the version before run beside the new ones; older ones are not prepared for that."""
LEASE_SECONDS: Final = 15.0
WAIT_SECONDS: Final = 600.0
"""How long a starting service waits for another's steps; a collection of a million documents takes a minute."""
POLL_SECONDS: Final = 0.2

log = structlog.get_logger(__name__)


class SchemaTooNew(Misconfigured):
    """The database was written by a version that this one does not know."""

    code = "schema-too-new"


class Schema:
    """The version of a database's stored data; one replica at a time brings it forward, none ever back."""

    def __init__(
        self, database: Database, steps: Sequence[Step] = STEPS, *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._database = database
        self._stored = database[COLLECTION]
        self._steps = steps
        self._lease_seconds = lease_seconds
        self.understood = FIRST_VERSION + len(steps)

    async def version(self) -> int:
        """Of the stored data; the first release wrote none."""
        document = await self._stored.find_one({"_id": COLLECTION})
        return int(document["version"]) if document else FIRST_VERSION

    async def pending(self) -> Sequence[Step]:
        """Steps that the data have not taken yet. Raises: SchemaTooNew."""
        version = await self.version()
        if version > self.understood + NEWER_VERSIONS_READ:
            raise SchemaTooNew(
                f"The database has schema {version}, and this version of Entrepot understands {self.understood} and "
                f"can read {self.understood + NEWER_VERSIONS_READ}: install the version that the other services have."
            )
        return self._steps[version - FIRST_VERSION :]

    async def bring_forward(self) -> int:
        """Take all pending steps, or wait for who takes them; the number taken here.

        Raises: SchemaTooNew, Unavailable, and what a step raises; the steps before it are kept.
        """
        leadership = Leadership(self._database, "migrations", seconds=self._lease_seconds)
        deadline, taken = time.monotonic() + WAIT_SECONDS, 0
        while await self.pending():
            if await leadership.hold():
                taken += await self._take_alone(leadership)
            elif time.monotonic() > deadline:
                raise Unavailable(f"Another service changes stored data for more than {WAIT_SECONDS:.0f} s.")
            else:
                await asyncio.sleep(POLL_SECONDS)
        return taken

    async def _take_alone(self, leadership: Leadership) -> int:
        """Renew the lease meanwhile. Raises: Unavailable where it is lost, for then another takes the steps."""
        work = asyncio.create_task(self._take(), name="migrations")
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=self._lease_seconds / 3)
                if not work.done() and not await leadership.hold():
                    raise Unavailable("Another service has taken over the change of stored data.")
            return await work
        finally:
            work.cancel()
            await asyncio.wait({work})
            await leadership.give_up()

    async def _take(self) -> int:
        """Asks again what is pending, since another may have taken some before the lease was ours."""
        pending = await self.pending()
        for number, step in enumerate(pending, start=self.understood - len(pending) + 1):
            log.info("changing stored data", step=step.title, schema=number)
            await step.apply(self._database)
            change = {"$max": {"version": number}, "$set": {"at": datetime.now(UTC)}}
            await self._stored.update_one({"_id": COLLECTION}, change, upsert=True)
        return len(pending)
