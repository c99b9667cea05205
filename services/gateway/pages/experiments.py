"""Experiments as the pages list them: what is registered, how it is hosted, and its newest export."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENT_HOSTING, EXPORT_LOGS
from libs.common.exports import ExportRow
from libs.common.hosting import Hosting, HostingState
from libs.common.registry import Registered, Registry

TONES: Final = {
    HostingState.STOPPED: "",
    HostingState.STARTING: "info",
    HostingState.RUNNING: "good",
    HostingState.FAILED: "bad",
}


@dataclass(frozen=True)
class HostingWords:
    """How an experiment is hosted, in a word, a tone and a sentence."""

    word: str
    tone: str
    sentence: str

    @classmethod
    def of(cls, hosting: Hosting | None) -> HostingWords:
        if hosting is None or hosting.is_at_rest:
            if hosting is not None and hosting.is_off:
                return cls("stopped", "warn", "An operator stopped it; it starts again only when asked to.")
            return cls("asleep", "", "It starts with the first request.")
        if hosting.state is HostingState.FAILED and hosting.serves:
            return cls(
                "failed",
                "bad",
                f"Revision {hosting.tried} did not start; {hosting.revision} goes on serving.",
            )
        sentences = {
            HostingState.STOPPED: "It is being stopped.",
            HostingState.STARTING: "It is starting.",
            HostingState.RUNNING: f"Revision {hosting.revision} serves.",
            HostingState.FAILED: f"Revision {hosting.tried} did not start.",
        }
        return cls(
            "live" if hosting.state is HostingState.RUNNING else hosting.state,
            TONES[hosting.state],
            sentences[hosting.state],
        )


@dataclass(frozen=True)
class ExperimentLine:
    """One experiment in a list."""

    registered: Registered
    hosting: HostingWords
    newest_export: ExportRow | None


async def read_lines(
    database: Database, registry: Registry, *, after: str, limit: int
) -> list[ExperimentLine]:
    """In order of slugs."""
    found = await registry.page(after=after, limit=limit)
    slugs = [registered.slug for registered in found]
    hostings, exports = await asyncio.gather(_hostings(database, slugs), _newest_exports(database, slugs))
    return [
        ExperimentLine(
            registered, HostingWords.of(hostings.get(registered.slug)), exports.get(registered.slug)
        )
        for registered in found
    ]


async def _hostings(database: Database, slugs: Sequence[str]) -> dict[str, Hosting]:
    found = database[EXPERIMENT_HOSTING].find({"_id": {"$in": slugs}}, {"token": 0, "untold": 0})
    return {document["_id"]: Hosting.from_document(document) async for document in found}


async def _newest_exports(database: Database, slugs: Sequence[str]) -> dict[str, ExportRow]:
    """The index `newest_of_slug` gives one entry for each slug, however many exports there are."""
    newest = database[EXPORT_LOGS].aggregate(
        [
            {"$match": {"slug_id": {"$in": slugs}}},
            {"$sort": {"slug_id": 1, "_id": -1}},
            {"$group": {"_id": "$slug_id", "newest": {"$first": "$$ROOT"}}},
        ]
    )
    return {document["_id"]: ExportRow.model_validate(document["newest"]) async for document in newest}
