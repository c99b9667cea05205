"""What becomes of data that were put aside: undone at start, kept for a time, and dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.importer.context import Importer
from services.importer.data.change import recover_free
from services.importer.data.journal import Journal, Switch
from services.importer.data.stage import STAGED
from services.importer.sweep import spare

log = structlog.get_logger(__name__)


async def recover_all(importer: Importer) -> None:
    """At start: put back the data of imports that died; what fails for one experiment is logged."""
    for slug in sorted(await Journal(importer.parts.database).slugs_unfinished()):
        try:
            await recover_free(importer, slug)
        except Exception:  # one that cannot be put back now must not keep the service from starting
            log.exception("the data of an import that did not end could not be put back", slug=slug)


async def sweep_data(importer: Importer) -> None:
    """Drop kept data whose time has passed, and what was staged by jobs that died."""
    journal = Journal(importer.parts.database)
    for switch in await journal.expired():
        await _drop(importer, journal, switch)
    database, named = importer.parts.database, await journal.ids()
    for name in await database.list_collection_names(filter={"name": {"$regex": f"^{STAGED}\\."}}):
        switch_id = name.split(".")[1]
        if switch_id not in named and datetime.now(UTC) - _made_at(switch_id) > spare(importer):
            await database.drop_collection(name)


async def forget_data(importer: Importer, slug: str) -> None:
    """Drop everything that is kept of an experiment's data."""
    journal = Journal(importer.parts.database)
    for switch in await journal.kept(slug):
        await _drop(importer, journal, switch)


async def _drop(importer: Importer, journal: Journal, switch: Switch) -> None:
    for name in switch.kept_names:
        await importer.parts.database.drop_collection(name)
    await journal.remove(switch)
    log.info("data that an import replaced are kept no longer", slug=switch.slug, id=switch.id)


def _made_at(switch_id: str) -> datetime:
    """The time in a UUIDv7 (RFC 9562, 5.7): milliseconds in its first 48 bits."""
    return datetime.fromtimestamp((UUID(switch_id).int >> 80) / 1000, UTC)
