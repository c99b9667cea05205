"""What a handler is given and what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from libs.common.database.client import Session
from libs.common.errors import Unavailable
from libs.common.events.jobs import Progress
from libs.common.jobs.model import Job, Requester
from libs.common.jobs.store import JobStore

C = TypeVar("C", bound=BaseModel)
Commit = Callable[[Session], Awaitable[None]]


class Postponed(Unavailable):
    """The job cannot go on yet; it returns to the queue for a moment, and that counts as no failure."""

    code = "postponed"


class SlugBusy(Postponed):
    """Another job is changing this experiment; this one waits for it."""

    code = "slug-busy"


@dataclass(frozen=True)
class Outcome:
    """How a job ended well: its terminal event, domain events after it, and writes that must happen with it.

    `commit` runs in one transaction with the end of the job, perhaps more than once.
    """

    event: str
    payload: BaseModel
    also: Sequence[tuple[str, BaseModel]] = ()
    commit: Commit | None = None


class Run:
    """What a handler sees of its job."""

    def __init__(self, job: Job, store: JobStore) -> None:
        self.job = job
        self.latest: Progress | None = None
        """How far the job is."""
        self._store = store

    @property
    def requester(self) -> Requester:
        return self.job.requester

    async def hold(self, slug: str) -> None:
        """From here to the end of the job no other job changes the slug. Raises: SlugBusy, LeaseLost."""
        if not await self._store.hold(self.job, slug):
            raise SlugBusy
        self.job = self.job.model_copy(update={"subject": slug})

    def progress(
        self, stage: str, done: int | None = None, total: int | None = None, unit: str | None = None
    ) -> None:
        """Note how far the job is; cheap to call often, for it is told now and then."""
        self.latest = Progress(stage=stage, done=done, total=total, unit=unit)


@dataclass(frozen=True)
class Route(Generic[C]):
    """A command, its payload model and its handler; `slots` jobs of it run at the same time."""

    command: str
    payload: type[C]
    handler: Callable[[C, Run], Awaitable[Outcome]]
    slots: int
