"""The switch of an experiment's data with its journal: begun here, ended by the job's commit, or undone.

The data are switched last before that commit. So whoever reads the answer finds code and data of the import, and after
a crash there is either the commit, with which both count, or none, and then both are put back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pymongo
import structlog

from libs.common.database.collections import JOBS
from libs.common.database.kinds import Kind
from libs.common.events.envelope import new_id
from libs.common.events.import_data import WithData
from libs.common.jobs.model import JobState
from libs.common.jobs.run import Run, SlugBusy
from libs.common.owned_collections import Found, own_collections
from services.importer.context import Importer
from services.importer.data.indexes import index_specs
from services.importer.data.journal import DataNotKept, Journal, State, Switch
from services.importer.data.stage import KEPT, Staged
from services.importer.data.switch import Form, Item, switch, undo

log = structlog.get_logger(__name__)


async def change_data(importer: Importer, slug: str, staged: Staged, run: Run) -> Switch:
    """Put what is staged in its place; `Journal.keep` must then end it together with the job."""
    found = {each.name: each for each in await own_collections(importer.parts.database, slug)}
    ready = {item.name: item for item in staged.items}
    if staged.mode is WithData.REPLACE:  # also what was created since
        ready = {name: Item(name=name) for name in found} | ready
    staged.is_in_use = True
    return await _perform(
        importer, run, slug=slug, switch_id=staged.id, items=list(ready.values()), found=found
    )


async def put_back(importer: Importer, slug: str, kept_id: str, run: Run) -> Switch:
    """The data as they were before an earlier switch; those of now are kept in turn. Raises: DataNotKept."""
    database = importer.parts.database
    kept = await Journal(database).kept_one(slug, kept_id)
    missing = set(kept.kept_names) - set(await database.list_collection_names())
    if missing:
        raise DataNotKept(f"Of the data that were kept as {kept_id!r}, {len(missing)} collections are gone.")
    found = {each.name: each for each in await own_collections(database, slug)}
    items = [Item(name=item.name, after=item.before, staged=item.kept) for item in kept.items]
    return await _perform(
        importer, run, slug=slug, switch_id=new_id(), items=items, found=found, restores=kept_id
    )


async def recover(importer: Importer, slug: str) -> None:
    """Undo what no commit has ended. The caller holds the slug, or nobody does. Raises: SlugBusy."""
    database, journal = importer.parts.database, Journal(importer.parts.database)
    for unfinished in await journal.unfinished(slug):
        if unfinished.state is not State.UNDONE:
            if not await journal.claim_undo(unfinished):
                raise SlugBusy
            with pymongo.timeout(importer.parts.limits.job_deadline_seconds):
                await undo(database, unfinished.items)
            await journal.note_undone(unfinished)
            log.warning("the data of an import that did not end were put back", slug=slug)
        if unfinished.restores is None:
            for item in unfinished.items:
                if item.staged is not None:
                    await database.drop_collection(item.staged)
        await journal.remove(unfinished)


async def recover_free(importer: Importer, slug: str) -> None:
    """As `recover`, unless a job is changing the slug: that one does it itself, or has not begun."""
    held = {"exclusive": slug, "state": JobState.RUNNING}
    if await importer.parts.database[JOBS].find_one(held, {"_id": 1}) is not None:
        return
    try:
        await recover(importer, slug)
    except SlugBusy:
        log.info("another importer puts the data back", slug=slug)


async def _perform(
    importer: Importer,
    run: Run,
    *,
    slug: str,
    switch_id: str,
    items: Sequence[Item],
    found: dict[str, Found],
    restores: str | None = None,
) -> Switch:
    database, now = importer.parts.database, datetime.now(UTC)
    whole = [
        await _with_present(importer, item, found.get(item.name), f"{KEPT}.{switch_id}.{number}")
        for number, item in enumerate(items)
    ]
    begun = Switch(
        id=switch_id,
        slug=slug,
        job=run.job.id,
        since=now,
        items=tuple(item for item in whole if item.before != item.after or item.staged),
        restores=restores,
        kept_until=now + timedelta(seconds=importer.parts.limits.kept_data_seconds),
    )
    await Journal(database).begin(begun)
    with pymongo.timeout(importer.parts.limits.job_deadline_seconds):
        await switch(database, begun.items)
    return begun


async def _with_present(importer: Importer, item: Item, found: Found | None, kept: str) -> Item:
    if found is None:
        return item
    is_view = found.kind is Kind.VIEW
    indexes = [] if is_view else await index_specs(importer.parts.database, found.name)
    before = Form.of(found.kind, found.options, indexes)
    return item.model_copy(update={"before": before, "kept": None if is_view else kept})
