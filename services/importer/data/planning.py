"""Plans an import's data: every check that needs the database, then the new collections beside those in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.events.import_data import DataPlan, WithData
from libs.common.events.imports import ImportRequest
from libs.common.jobs.run import Run
from libs.common.manifest.model import Manifest
from libs.common.owned_collections import known_slugs, own_collections
from libs.common.threads import in_thread
from services.importer.context import Importer
from services.importer.data.naming import Slugs, cut_problems, name_sections
from services.importer.data.receive import ReceivedData
from services.importer.data.stage import Source, Staged, stage
from services.importer.examine import Examined, InvalidUpload
from services.importer.install import load_manifest


@asynccontextmanager
async def planned_data(
    command: ImportRequest, examined: Examined, received: ReceivedData, run: Run, importer: Importer
) -> AsyncIterator[Staged]:
    """What lies ready while entered. Raises: InvalidUpload with all problems of one kind of check."""
    if received.converted is None:
        raise AssertionError("data with problems are not planned")
    database, slug = importer.parts.database, examined.slug
    manifest = Manifest.model_validate(await in_thread(load_manifest, examined.tree))
    known = await known_slugs(database)
    slugs = Slugs(slug, examined.former, frozenset(known), frozenset(manifest.data_scope) - {"self"})
    named, problems = name_sections(received.converted.sections, slugs)
    if command.with_data is WithData.REPLACE and not command.accept_cut:
        problems += cut_problems(named)
    if problems:
        raise InvalidUpload(problems, examined.warnings)
    found = await own_collections(database, slug, slugs=known)
    source = Source(received.converted.spool, named, manifest, slug, command.with_data)
    seconds = importer.parts.limits.job_deadline_seconds
    async with stage(database, source, found, run, seconds=seconds) as staged:
        if staged.problems:
            raise InvalidUpload(staged.problems, examined.warnings)
        yield staged


def data_plan(staged: Staged, received: ReceivedData) -> DataPlan:
    collections = sorted(staged.plans, key=lambda plan: plan.name)
    return DataPlan(mode=staged.mode, digest=received.digest, collections=collections)
