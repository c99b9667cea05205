"""`start` and `stop` of one experiment: the job asks the supervisor, and waits for what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from libs.common.errors import Conflict
from libs.common.events.imports import ExperimentRequest, ExperimentStarted, ExperimentStopped, StopReason
from libs.common.hosting import Hosting, Hostings, HostingState
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.slug import check_slug
from services.importer.context import Importer

POLL_SECONDS: Final = 0.2


class StartFailed(Conflict):
    """The experiment does not start."""

    code = "experiment-does-not-start"

    def __init__(self, slug: str, lines: Sequence[str]) -> None:
        reason = lines[-1] if lines else "nothing is known of the reason"
        super().__init__(f"{slug} does not start: {reason}", extensions={"last_lines": list(lines)})


async def start(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Raises: ExperimentNotFound, StartFailed with the error's last lines, SlugBusy."""
    slug = check_slug(command.slug)
    await run.hold(slug)
    registered = await importer.registry.get_active(slug)
    hostings = Hostings(importer.parts.database)
    began = asyncio.get_running_loop().time()
    before = await hostings.get(slug)
    if before is None or not _serves(before, registered.platform.revision):
        await hostings.switch(slug, off_revision=None, job_id=run.job.id)
        run.progress("starting")
        await _started(hostings, slug, registered.platform.revision, before)
    told = ExperimentStarted(
        slug=slug,
        revision=registered.platform.revision,
        digest=registered.platform.digest,
        seconds=round(asyncio.get_running_loop().time() - began, 3),
    )
    return Outcome("experiment.started", told)


async def stop(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Lasts until the action `start`, or a new version. Raises: ExperimentNotFound, SlugBusy."""
    slug = check_slug(command.slug)
    await run.hold(slug)
    await _stop_and_wait(slug, run, importer)
    return Outcome("experiment.stopped", ExperimentStopped(slug=slug, reason=StopReason.OPERATOR))


async def stop_for_deletion(slug: str, run: Run, importer: Importer) -> None:
    """So that nothing writes into collections that are being dropped. Raises: SlugBusy."""
    if importer.parts.settings.host_experiments:
        await run.hold(check_slug(slug))
        await _stop_and_wait(slug, run, importer)


async def _stop_and_wait(slug: str, run: Run, importer: Importer) -> None:
    registered = await importer.registry.get(slug)
    hostings = Hostings(importer.parts.database)
    hosting = await hostings.get(slug)
    job_id = None if hosting is None or hosting.is_at_rest else run.job.id
    await hostings.switch(slug, off_revision=registered.platform.revision, job_id=job_id)
    run.progress("stopping")
    while hosting is not None and not hosting.is_at_rest:
        await asyncio.sleep(POLL_SECONDS)
        hosting = await hostings.get(slug)


async def _started(hostings: Hostings, slug: str, revision: int, before: Hosting | None) -> None:
    """The job's own deadline ends this."""
    since = before.since if before is not None else None
    while True:
        hosting = await hostings.get(slug)
        if hosting is not None and _serves(hosting, revision):
            return
        if hosting is not None and hosting.state is HostingState.FAILED and hosting.since != since:
            raise StartFailed(slug, hosting.error)
        await asyncio.sleep(POLL_SECONDS)


def _serves(hosting: Hosting, revision: int) -> bool:
    return hosting.state is HostingState.RUNNING and hosting.serves and hosting.revision == revision
