"""One import, from the upload in storage to the outcome of the job: check, plan, then write (DESIGN §6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from libs.common.archive.limits import ArchiveLimits
from libs.common.blobs import BlobNotFound
from libs.common.errors import Problem, UploadGone
from libs.common.events.import_data import WithData
from libs.common.events.imports import ImportPlan, ImportRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.registry import Registered
from libs.common.threads import in_thread
from libs.common.versions import Origin, fetch, materialise, staging
from services.importer.context import Importer
from services.importer.data.change import change_data, recover
from services.importer.data.journal import Journal
from services.importer.data.planning import data_plan, planned_data
from services.importer.data.receive import ReceivedData, receive_data
from services.importer.data.stage import Staged
from services.importer.examine import Examined, InvalidUpload, Upload, examine
from services.importer.install import Installation, Installed, Who, hash_tree_files
from services.importer.outcome import Written, nothing_written
from services.importer.plan import Action, Present, build_plan, require_plan, with_data
from services.importer.working_copy import Look

EXAMPLES: Final = "examples"
"""Author of the experiments that come with the platform."""


@dataclass(frozen=True)
class Received:
    """An upload whose files lie ready; `data` where they are wanted."""

    examined: Examined
    data: ReceivedData | None = None


@dataclass(frozen=True)
class Planned:
    """What is to be done; `data` lie ready where they are to be changed."""

    plan: ImportPlan
    data: Staged | None = None

    @property
    def writes(self) -> bool:
        return Action(self.plan.action).writes or self.data is not None


async def import_upload(command: ImportRequest, run: Run, importer: Importer) -> Outcome:
    """Raises: InvalidUpload, AlreadyRegistered, PlanChanged, UploadGone, SlugBusy, Unavailable."""
    async with staging(importer.root) as stage:
        run.progress("checking")
        received = await receive(command, importer, stage)
        slug = received.examined.slug
        if not command.dry_run:
            await run.hold(slug)
            await recover(importer, slug)
        current = await importer.find(slug)
        look = await in_thread(importer.copies.look, slug)
        edited = await is_edited(importer, slug, look) and look.digest != received.examined.digest
        if edited:
            warnings = [_edited(), *received.examined.warnings]
            received = replace(received, examined=replace(received.examined, warnings=warnings))
        async with _planned(command, received, current, run, importer) as planned:
            require_plan(planned.plan, command.plan_digest)
            if command.dry_run or not planned.writes:
                return nothing_written(command, planned.plan)
            writing = _Writing(command, run, importer, stage)
            return await writing.write(received.examined, planned, current, None if edited else look)


async def receive(command: ImportRequest, importer: Importer, stage: Path) -> Received:
    """Fetch the upload and check it. Raises: InvalidUpload, UploadGone, Unavailable."""
    path = stage / "upload.zip"
    try:
        await fetch(importer.parts.blobs, command.upload_key, path)
    except BlobNotFound as error:
        raise UploadGone from error
    upload = Upload(path, command.upload_name, command.slug)
    limits = ArchiveLimits.of_experiments(importer.parts.limits)
    try:
        examined = await in_thread(examine, upload, stage / "tree", limits)
    except InvalidUpload as error:
        if command.with_data is WithData.SKIP:
            raise
        data = await receive_data(path, limits, stage, slug="", former=())
        known = set(error.problems)
        further = [problem for problem in data.problems if problem not in known]
        raise InvalidUpload([*error.problems, *further], error.warnings) from error
    if command.with_data is WithData.SKIP:
        return Received(examined)
    data = await receive_data(path, limits, stage, slug=examined.slug, former=examined.former)
    if data.problems:
        raise InvalidUpload(data.problems, examined.warnings)
    return Received(examined, data)


async def is_edited(importer: Importer, slug: str, look: Look) -> bool:
    """Whether the working copy holds what no version keeps."""
    if look.is_untouched:
        return False
    return all(version.digest != look.digest for version in await importer.history.kept(slug))


@asynccontextmanager
async def _planned(
    command: ImportRequest, received: Received, current: Registered | None, run: Run, importer: Importer
) -> AsyncIterator[Planned]:
    """Raises: AlreadyRegistered, InvalidUpload."""
    plan = build_plan(received.examined, await _present(importer, current), command.on_conflict)
    if received.data is None or plan.action == Action.SKIP:
        yield Planned(plan)
        return
    async with planned_data(command, received.examined, received.data, run, importer) as staged:
        yield Planned(with_data(plan, data_plan(staged, received.data)), staged)


async def _present(importer: Importer, current: Registered | None) -> Present | None:
    if current is None:
        return None
    folder = await materialise(current, blobs=importer.parts.blobs, root=importer.root)
    return Present(current, await in_thread(hash_tree_files, folder))


@dataclass(frozen=True)
class _Writing:
    """Everything up to the commit; what a crash leaves of it counts for nothing."""

    command: ImportRequest
    run: Run
    importer: Importer
    stage: Path

    async def write(
        self, examined: Examined, planned: Planned, current: Registered | None, look: Look | None
    ) -> Outcome:
        """`look` is at a working copy that may be replaced; None if it was edited by hand."""
        installed = switch = None
        if Action(planned.plan.action).writes:
            self.run.progress("installing")
            installed = await self._install(examined, current, look)
        if planned.data is not None:
            self.run.progress("switching data")
            switch = await change_data(self.importer, examined.slug, planned.data, self.run)
        return Written(installed, switch).outcome(planned.plan, Journal(self.importer.parts.database))

    async def _install(self, examined: Examined, current: Registered | None, look: Look | None) -> Installed:
        installation = Installation(self.importer, examined.slug, current)
        if look is None:
            await installation.rescue(self.stage, self.run.requester.email)
        stored = await installation.store(examined.tree, examined.files)
        await installation.add(stored, self._who())
        installed = await installation.finish(stored)
        if look is not None:
            # Before the commit, so that whoever reads the answer finds the new copy; undone if the commit fails.
            await installation.swap(stored, expected=look.digest)
        return installed

    def _who(self) -> Who:
        author = self.run.requester.email
        origin = Origin.EXAMPLE if author == EXAMPLES else Origin.IMPORT
        return Who(author, origin, self.command.note)


def _edited() -> Problem:
    return Problem(
        category="file",
        code="working-copy-edited",
        message="The working copy was edited by hand; an import first keeps it as a version of its own.",
    )
