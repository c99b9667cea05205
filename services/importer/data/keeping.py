"""What becomes of data that were put aside: undone at start, or dropped with their experiment."""

from __future__ import annotations

import structlog

from services.importer.context import Importer
from services.importer.data.change import recover_free
from services.importer.data.journal import Journal, Switch

log = structlog.get_logger(__name__)


async def recover_all(importer: Importer) -> None:
    """At start: put back the data of imports that died; what fails for one experiment is logged."""
    for slug in sorted(await Journal(importer.parts.database).slugs_unfinished()):
        try:
            await recover_free(importer, slug)
        except Exception:  # one that cannot be put back now must not keep the service from starting
            log.exception("the data of an import that did not end could not be put back", slug=slug)


async def forget_data(importer: Importer, slug: str) -> None:
    """Drop everything that is kept of an experiment's data."""
    journal = Journal(importer.parts.database)
    for switch in await journal.kept(slug):
        await drop_kept(importer, journal, switch)


async def drop_kept(importer: Importer, journal: Journal, switch: Switch) -> None:
    """The data before a switch can be put back no longer."""
    for name in switch.kept_names:
        await importer.parts.database.drop_collection(name)
    await journal.remove(switch)
    log.info("data that an import replaced are kept no longer", slug=switch.slug, id=switch.id)
