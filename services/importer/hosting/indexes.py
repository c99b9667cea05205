"""Managed indexes, created behind a start: a large collection takes minutes, and the experiment serves meanwhile."""

from __future__ import annotations

from typing import Final

import structlog

from libs.common.hosting import Hosting
from libs.common.registry import Registered
from services.importer.hosting.board import Board
from services.importer.hosting.cluster import Host, HostGone

INDEX_SECONDS: Final = 1800.0
"""All indexes of an experiment, on collections of millions of documents."""

log = structlog.get_logger(__name__)


async def follow_indexes(registered: Registered, before: Hosting | None, host: Host, board: Board) -> None:
    """Bring the indexes to the manifest's, removed ones too, and record what became of each. Raises: Superseded."""
    managed = registered.effective.managed_indexes
    known = before.index_names if before is not None else {}
    if not managed and not known:
        return
    try:
        outcomes, names = await host.follow_indexes(managed, known, seconds=INDEX_SECONDS)
    except HostGone as error:
        log.error("the indexes could not be created", slug=registered.slug, reason=error.lines[-1:])  # noqa: TRY400
        return
    await board.write(registered.slug, indexes=outcomes, index_names=names)
    failed = {name: outcome for name, outcome in outcomes.items() if outcome.startswith("failed")}
    if failed:
        log.error("some indexes could not be created", slug=registered.slug, failed=failed)
