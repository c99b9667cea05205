"""A copy of a registered experiment under another slug: as if its files had been uploaded with that `slug_id`."""

from __future__ import annotations

from libs.common.archive.limits import ArchiveLimits
from libs.common.errors import BadRequest
from libs.common.events.imports import ExperimentChanged, ExperimentRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.slug import check_slug
from libs.common.threads import in_thread
from libs.common.versions import Origin, fetch, staging
from services.importer.context import Importer
from services.importer.examine import Upload, examine
from services.importer.install import Installation, Who
from services.importer.plan import AlreadyRegistered

FILE_NAME = "clone.zip"


async def clone(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """The files and no data; links to the old slug are changed to the new one, as an import does.

    Raises: BadRequest, InvalidSlug, ExperimentNotFound, AlreadyRegistered, InvalidUpload, SlugBusy, Unavailable.
    """
    if command.to is None:
        raise BadRequest("Name the slug of the copy: `to`.")
    source, slug = check_slug(command.slug), check_slug(command.to, path="to")
    await run.hold(slug)
    registered = await importer.registry.get(source)
    if await importer.find(slug) is not None:
        raise AlreadyRegistered(f"An experiment {slug!r} is registered already.")
    async with staging(importer.root) as stage:
        packed = stage / FILE_NAME
        await fetch(importer.parts.blobs, registered.platform.bundle.key, packed)
        limits = ArchiveLimits.of_experiments(importer.parts.limits)
        examined = await in_thread(examine, Upload(packed, FILE_NAME, slug), stage / "tree", limits)
        installation = Installation(importer, slug, None)
        stored = await installation.store(examined.tree, examined.files)
    note = command.note or f"A copy of {source}, revision {registered.platform.revision}."
    version = await installation.add(stored, Who(run.requester.email, Origin.IMPORT, note))
    installed = await installation.finish(stored)
    look = await in_thread(importer.copies.look, slug)
    if look.is_untouched:
        await installation.swap(stored, expected=look.digest)
    told = ExperimentChanged(
        slug=slug,
        revision=version.revision,
        digest=version.digest,
        message=f"{slug} is a copy of {source} now.",
    )
    also = [("experiment.registered", installed.registered)]
    return Outcome("experiment.cloned", told, also=also, commit=installed.commit)
