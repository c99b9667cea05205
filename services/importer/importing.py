"""One import, from the upload in storage to the outcome of the job: check, plan, then write (DESIGN §6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from libs.common.archive.limits import ArchiveLimits
from libs.common.blobs import BlobNotFound
from libs.common.errors import Problem, UploadGone
from libs.common.events.imports import ImportCompleted, ImportPlan, ImportRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.registry import Registered
from libs.common.threads import in_thread
from libs.common.versions import Origin, fetch, materialise, staging
from services.importer.context import Importer
from services.importer.examine import Examined, Upload, examine
from services.importer.install import Installation, Who, hash_tree_files
from services.importer.plan import Action, Present, build_plan, require_plan
from services.importer.working_copy import Look

EXAMPLES: Final = "examples"
"""Author of the experiments that come with the platform."""


async def import_upload(command: ImportRequest, run: Run, importer: Importer) -> Outcome:
    """Raises: InvalidUpload, AlreadyRegistered, PlanChanged, UploadGone, SlugBusy, Unavailable."""
    async with staging(importer.root) as stage:
        await run.progress("checking")
        examined = await receive(command, importer, stage)
        if not command.dry_run:
            await run.hold(examined.slug)
        current = await importer.find(examined.slug)
        look = await in_thread(importer.copies.look, examined.slug)
        edited = await is_edited(importer, examined.slug, look) and look.digest != examined.digest
        if edited:
            examined = replace(examined, warnings=[_edited(), *examined.warnings])
        plan = build_plan(examined, await _present(importer, current), command.on_conflict)
        require_plan(plan, command.plan_digest)
        if command.dry_run or not Action(plan.action).writes:
            return _nothing_written(command, plan)
        await run.progress("installing")
        installation = Installation(importer, examined.slug, current)
        if edited:
            await installation.rescue(stage, run.requester.email)
        return await _write(
            installation, examined, plan, who=_who(command, run), look=None if edited else look
        )


async def receive(command: ImportRequest, importer: Importer, stage: Path) -> Examined:
    """Fetch the upload and check it. Raises: InvalidUpload, UploadGone, Unavailable."""
    path = stage / "upload.zip"
    try:
        await fetch(importer.parts.blobs, command.upload_key, path)
    except BlobNotFound as error:
        raise UploadGone from error
    upload = Upload(path, command.upload_name, command.slug)
    return await in_thread(
        examine, upload, stage / "tree", ArchiveLimits.of_experiments(importer.parts.limits)
    )


async def is_edited(importer: Importer, slug: str, look: Look) -> bool:
    """Whether the working copy holds what no version keeps."""
    if look.is_untouched:
        return False
    return all(version.digest != look.digest for version in await importer.history.kept(slug))


async def _present(importer: Importer, current: Registered | None) -> Present | None:
    if current is None:
        return None
    folder = await materialise(current, blobs=importer.parts.blobs, root=importer.root)
    return Present(current, await in_thread(hash_tree_files, folder))


async def _write(
    installation: Installation, examined: Examined, plan: ImportPlan, *, who: Who, look: Look | None
) -> Outcome:
    stored = await installation.store(examined.tree, examined.files)
    version = await installation.add(stored, who)
    installed = await installation.finish(stored)
    if look is not None:
        # Before the commit, so that whoever reads the answer finds the new copy; undone if the commit fails.
        await installation.swap(stored, expected=look.digest)
    verb = "registered" if plan.action == Action.CREATE else "replaced"
    completed = ImportCompleted(
        slug=version.slug,
        dry_run=False,
        revision=version.revision,
        plan=plan,
        message=f"{version.slug} was {verb}; it is at revision {version.revision} now.",
    )
    return Outcome(
        "import.completed",
        completed,
        also=[("experiment.registered", installed.registered)],
        commit=installed.commit,
    )


def _nothing_written(command: ImportRequest, plan: ImportPlan) -> Outcome:
    reasons = {
        Action.UNCHANGED: "The files are those of the registered version.",
        Action.SKIP: f"{plan.slug} is registered already, and on_conflict=skip keeps it.",
    }
    reason = reasons.get(Action(plan.action), "This was a dry run.")
    completed = ImportCompleted(
        slug=plan.slug,
        dry_run=command.dry_run,
        revision=plan.base_revision,
        plan=plan,
        message=f"{reason} Nothing was changed.",
    )
    return Outcome("import.completed", completed)


def _who(command: ImportRequest, run: Run) -> Who:
    author = run.requester.email
    origin = Origin.EXAMPLE if author == EXAMPLES else Origin.IMPORT
    return Who(author, origin, command.note)


def _edited() -> Problem:
    return Problem(
        category="file",
        code="working-copy-edited",
        message="The working copy was edited by hand; an import first keeps it as a version of its own.",
    )
