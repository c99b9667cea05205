"""Administration of one registered experiment: rollback, sync of a working copy, deletion (DESIGN §6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from libs.common.errors import NotFound
from libs.common.events.imports import ExperimentAction, ExperimentChanged, ExperimentRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.slug import check_slug
from libs.common.owned_collections import own_collections
from libs.common.registry import Registered
from libs.common.threads import in_thread
from libs.common.versions import Origin, Version, staging
from services.importer.check import check_files
from services.importer.context import Importer
from services.importer.data.change import recover
from services.importer.detect import Sources, detect_slug
from services.importer.importing import is_edited
from services.importer.install import Installation, Installed, Who, hash_tree_files
from services.importer.tree import UnusableFolder
from services.importer.versions.pack import discard_downloads

EVENT_OF = {
    ExperimentAction.ROLLBACK: "experiment.rolled_back",
    ExperimentAction.SYNC: "experiment.synced",
    ExperimentAction.DELETE: "experiment.deleted",
}


class NoWorkingCopy(NotFound):
    """There is no working copy of that name on this host."""

    code = "no-working-copy"


async def roll_back(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Make the files of an earlier revision current again, as a new revision; also after a deletion.

    Raises: VersionNotFound, VersionDamaged, SlugBusy, Unavailable.
    """
    slug = check_slug(command.slug)
    await run.hold(slug)
    current = await importer.find(slug)
    before = current.platform.revision if current else await importer.history.last_revision(slug) + 1
    target = await importer.history.target(slug, command.revision, before=before)
    folder = await importer.restore(target)
    installation = Installation(importer, slug, current)
    async with staging(importer.root) as stage:
        look = await in_thread(importer.copies.look, slug)
        edited = await is_edited(importer, slug, look)
        if edited:
            await installation.rescue(stage, run.requester.email)
    stored = installation.reuse(target, folder)
    note = command.note or f"Back to revision {target.revision}."
    version = await installation.add(stored, Who(run.requester.email, Origin.ROLLBACK, note))
    installed = await installation.finish(stored)
    if not edited:
        await installation.swap(stored, expected=look.digest)
    message = f"{slug} has the files of revision {target.revision} again, as revision {version.revision}."
    return _changed(command.action, installed, message)


async def sync(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Register the working copy as it is.

    Raises: NoWorkingCopy, UnusableFolder, SlugBusy, Unavailable.
    """
    slug = check_slug(command.slug)
    await run.hold(slug)
    current = await importer.find(slug)
    async with staging(importer.root) as stage:
        tree = stage / "tree"
        digest = await in_thread(importer.copies.save, slug, tree)
        if digest is None:
            raise NoWorkingCopy(f"There is no folder {importer.copies.path(slug)}.")
        if current is not None and digest == current.platform.digest:
            return _unchanged(command, current)
        files = await in_thread(hash_tree_files, tree)
        await in_thread(_require_sound, tree, [file.path for file in files], slug)
        installation = Installation(importer, slug, current)
        stored = await installation.store(tree, files)
        version = await installation.add(stored, Who(run.requester.email, Origin.SYNC, command.note))
        installed = await installation.finish(stored)
    return _changed(
        command.action, installed, f"The working copy of {slug} is revision {version.revision} now."
    )


async def delete(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Take the experiment out of the platform; its data and versions stay unless `delete_data` is set.

    Data go first: a crash in between leaves a registered experiment without data, and the job is tried again.
    Raises: ExperimentNotFound, SlugBusy, Unavailable.
    """
    slug = check_slug(command.slug)
    await run.hold(slug)
    current = await importer.registry.get(slug)
    await recover(importer, slug)  # else the undo of an import that died would bring data back afterwards
    dropped = await _drop_data(importer, slug) if command.delete_data else 0
    if command.delete_data:
        await importer.history.forget(slug)
        await discard_downloads(importer, slug)
    last = await importer.history.last_revision(slug)
    end = Version(
        slug=slug,
        revision=last + 1,
        digest=current.platform.digest,
        bundle=None,
        author=run.requester.email,
        note=command.note,
        origin=Origin.DELETE,
        created_at=datetime.now(UTC),
    )
    said = f"{dropped} collections were dropped" if command.delete_data else "its data and versions are kept"
    changed = ExperimentChanged(slug=slug, message=f"{slug} was deleted; {said}.")
    commit = importer.registrar.remove(end, base_revision=current.platform.revision)
    return Outcome(EVENT_OF[command.action], changed, commit=commit)


def _require_sound(tree: Path, paths: list[str], slug: str) -> None:
    """The checks of an upload. Raises: UnusableFolder."""
    checked = check_files(tree, paths, slug)
    named = checked.manifest.slugs() if checked.manifest else {}
    problems = [*checked.problems, *detect_slug(Sources(folder=slug, manifest=named)).problems]
    if problems:
        raise UnusableFolder(f"The working copy of {slug} cannot be registered.", problems=problems)


async def _drop_data(importer: Importer, slug: str) -> int:
    """Drop the collections that belong to the slug and to no longer one."""
    database = importer.parts.database
    owned = await own_collections(database, slug)
    for found in owned:
        await database.drop_collection(found.name)
    return len(owned)


def _changed(action: ExperimentAction, installed: Installed, message: str) -> Outcome:
    version = installed.version
    changed = ExperimentChanged(
        slug=version.slug, revision=version.revision, digest=version.digest, message=message
    )
    also = [("experiment.registered", installed.registered)]
    return Outcome(EVENT_OF[action], changed, also=also, commit=installed.commit)


def _unchanged(command: ExperimentRequest, current: Registered) -> Outcome:
    changed = ExperimentChanged(
        slug=current.slug,
        revision=current.platform.revision,
        digest=current.platform.digest,
        message="The working copy is the registered version; nothing was changed.",
    )
    return Outcome(EVENT_OF[command.action], changed)
