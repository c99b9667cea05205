"""The supervisor's hand on the records: each change is written with its event, and told right after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import structlog
from pydantic import BaseModel

from libs.common.bus import Bus, BusUnavailable
from libs.common.database.client import Database
from libs.common.database.collections import JOBS
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.imports import (
    ExperimentAction,
    ExperimentFailed,
    ExperimentStarted,
    ExperimentStopped,
)
from libs.common.hosting import Hostings, HostingState
from libs.common.jobs.model import Job
from libs.common.jobs.store import SEQUENCE_STRIDE
from libs.common.leadership import Leadership
from libs.common.limits import Limits

SOURCE: Final = "importer"
KEYS: Final[dict[type[BaseModel], str]] = {
    ExperimentStarted: "experiment.started",
    ExperimentStopped: "experiment.stopped",
    ExperimentFailed: "experiment.failed",
}

MAKING_NONE: Final = [ExperimentAction.START, ExperimentAction.RESTORE_DATA]
"""Actions that tell of a revision without having made it."""

log = structlog.get_logger(__name__)


class Superseded(Exception):
    """A later supervisor has written; this one stops."""


class Board:
    """Writes as the present leader."""

    def __init__(self, database: Database, bus: Bus, leadership: Leadership, limits: Limits) -> None:
        self.limits = limits
        self.hostings = Hostings(database)
        self._jobs = database[JOBS]
        self._bus = bus
        self._leadership = leadership

    async def write(self, slug: str, **fields: Any) -> None:
        """Raises: Superseded."""
        if not await self.hostings.write(slug, self._leadership.term, **fields):
            raise Superseded(slug)

    async def enter(
        self, slug: str, state: HostingState, told: BaseModel | None = None, **fields: Any
    ) -> None:
        """Change the state, with an event of it. Raises: Superseded."""
        event = await self._event(slug, told) if told is not None else None
        if event is not None:
            fields["untold"] = event.model_dump(mode="json", exclude_none=True)
        await self.write(slug, state=state, since=datetime.now(UTC), **fields)
        if event is not None:
            await self.tell(slug, event)

    async def tell(self, slug: str, event: Message) -> None:
        """Publish an event of which the record says that the bus has it not; a later round tries again."""
        try:
            await self._bus.publish(event)
        except BusUnavailable as error:
            log.debug("an event waits for the bus", slug=slug, reason=str(error))
            return
        await self.hostings.told(slug, event)

    async def _event(self, slug: str, payload: BaseModel) -> Message:
        """It belongs to the job that made the revision, as its last word."""
        revision = getattr(payload, "revision", None)
        made_by = {"subject": slug, "result.revision": revision, "input.action": {"$nin": MAKING_NONE}}
        document = await self._jobs.find_one(made_by | {"state": "succeeded"}, sort=[("_id", -1)])
        job = Job.model_validate(document) if document and revision is not None else None
        return message(
            KEYS[type(payload)],
            payload,
            source=SOURCE,
            correlation_id=job.id if job else new_id(),
            causation_id=job.id if job else None,
            subject=slug,
            sequence=(job.attempt + 1) * SEQUENCE_STRIDE if job else 0,
            traceparent=job.traceparent if job else None,
        )
