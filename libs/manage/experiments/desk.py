"""Asks for work on experiments, and waits for it.

Beside a running platform its importer works; where nothing runs in the home, one runs in this process for as long as
the command takes. It hosts nothing, as what it started would end with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from rich.console import Console

from libs.common.errors import DeadlineExceeded, EntrepotError, Unavailable
from libs.common.events.imports import ExperimentAction, ExperimentRequest
from libs.common.events.jobs import ErrorInfo
from libs.common.home import Role, enter_home
from libs.common.jobs.model import Job, NewJob, Requester
from libs.common.jobs.model import Role as CallerRole
from libs.common.jobs.outbox import Outbox
from libs.common.limits import Limits
from libs.common.logs import configure_logs
from libs.common.parts import Parts, open_parts
from libs.common.settings import Settings
from libs.manage.deeds import Deed, noted

KIND: Final = "experiment.request"
OPERATOR: Final = Requester(email="operator@localhost", role=CallerRole.ADMIN)
"""Who asks, when it is asked on the machine itself."""
WAIT_SECONDS: Final = 1200.0
"""More than a start with an environment to build may take; then the job goes on without us."""
POLL_SECONDS: Final = 0.1
OF_HOSTING: Final = frozenset({ExperimentAction.START, ExperimentAction.STOP})

T = TypeVar("T")


class NothingHosts(Unavailable):
    """Nothing runs here that could host an experiment; start `manage.py up`."""

    code = "nothing-hosts"


class JobFailed(Exception):
    """The job has ended without a result; `error` says why."""

    def __init__(self, error: ErrorInfo) -> None:
        self.error = error
        super().__init__(error.message)


@dataclass(frozen=True)
class Desk:
    """`alone` tells that nobody else works in this home."""

    parts: Parts
    alone: bool

    async def ask(self, command: ExperimentRequest) -> Job:
        """The job that has succeeded. Raises: JobFailed, NothingHosts, DeadlineExceeded."""
        if self.alone and command.action in OF_HOSTING:
            raise NothingHosts
        jobs = self.parts.jobs
        request = NewJob(
            kind=KIND,
            subject=command.slug,
            requester=OPERATOR,
            input=command.model_dump(mode="json", exclude_none=True),
        )
        created = await jobs.create(request)
        await Outbox(jobs, self.parts.bus).flush(created.job)
        ended = await self._end_of(created.job)
        if ended.result is None:
            raise JobFailed(ended.error or ErrorInfo.of(EntrepotError(f"The job {ended.state}.")))
        return ended

    async def _end_of(self, job: Job) -> Job:
        with Console(stderr=True).status("waiting") as status:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    while not job.ended:
                        await asyncio.sleep(POLL_SECONDS)
                        job = await self.parts.jobs.get(job.id)
                        status.update(job.progress.stage if job.progress else str(job.state))
            except TimeoutError as error:
                raise DeadlineExceeded(f"The job {job.id} is {job.state} and goes on without us.") from error
        return job


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    """Raises: Unavailable, HomeBusy, Misconfigured."""
    settings = Settings(log_level="error")  # what the importer warns of is said by the outcome
    configure_logs(settings, service="manage")
    async with (
        enter_home(settings, Role.COMMAND) as home,
        open_parts(settings, Limits(), service="manage") as parts,
        _importer_at_work(parts) if home.is_holder else nullcontext(),
    ):
        yield Desk(parts, alone=home.is_holder)


def at_desk(work: Callable[[Desk], Awaitable[T]], *, deed: Deed | None = None) -> T:
    """Run a command's work; a deed is noted. Raises: what the work raises; Unavailable, HomeBusy, Misconfigured."""

    async def run() -> T:
        async with open_desk() as desk, noted(desk.parts.database, deed):
            return await work(desk)

    return asyncio.run(run())


@asynccontextmanager
async def _importer_at_work(parts: Parts) -> AsyncIterator[None]:
    """Without examples; at the end the working copies are what the jobs have made current."""
    from services.importer.align import align_all  # noqa: PLC0415  (commands that join need none of it)
    from services.importer.app import application  # noqa: PLC0415
    from services.importer.context import Importer  # noqa: PLC0415

    quiet = replace(parts, settings=parts.settings.model_copy(update={"host_experiments": False}))
    async with application(quiet, examples=parts.settings.home / "no-examples"):
        yield
    await align_all(Importer.of(quiet))
