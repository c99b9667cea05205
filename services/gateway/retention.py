"""What the gateways keep by rule. Sessions, deliveries and the audit log end by indexes of the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from libs.common.retention import Doomed, in_words
from services.gateway.events.log import KEPT, EventLog

NAME: Final = "events"


@dataclass(frozen=True)
class OldEvents:
    """The recorder applies the same bound every ten minutes (`services.gateway.events`)."""

    log: EventLog

    @property
    def kind(self) -> str:
        return "event log"

    async def find(self) -> AsyncIterator[Doomed]:
        count, newest = await self.log.old()
        if count:
            reason = f"logged more than {in_words(KEPT.total_seconds())} ago"
            yield Doomed(self.kind, NAME, reason, newest, count=count)

    async def remove(self, doomed: Doomed) -> int:
        return await self.log.sweep()
