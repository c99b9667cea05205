"""Puts back the data that an import replaced (docs/importing.md)."""

from __future__ import annotations

from libs.common.errors import BadRequest
from libs.common.events.imports import ExperimentChanged, ExperimentRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.slug import check_slug
from services.importer.context import Importer
from services.importer.data.change import put_back, recover
from services.importer.data.journal import Journal


async def restore_data(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """The files stay as they are; the data of now are kept in turn, under the id in the answer.

    Raises: BadRequest, InvalidSlug, ExperimentNotFound, DataNotKept, SlugBusy, Unavailable.
    """
    if command.kept_data is None:
        raise BadRequest("Name the data to put back: `kept_data`.")
    slug = check_slug(command.slug)
    await run.hold(slug)
    await recover(importer, slug)
    registered = await importer.registry.get(slug)
    switch = await put_back(importer, slug, command.kept_data, run)
    changed = ExperimentChanged(
        slug=slug,
        revision=registered.platform.revision,
        digest=registered.platform.digest,
        message=f"{slug} has the data of {command.kept_data} again; those of before are kept as {switch.id}.",
    )
    commit = Journal(importer.parts.database).keep(switch)
    return Outcome("experiment.data_restored", changed, commit=commit)
