"""All data of one example, by collection as named on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from services.importer.examples import click, click_tracker, event_board, sensor_log, store_front
from services.importer.examples.seeded import Collections, Document

GENERATORS: Final[Mapping[str, Callable[[], Collections]]] = {
    "click": click.collections,
    "click_tracker": click_tracker.collections,
    "event_board": event_board.collections,
    "sensor_log": sensor_log.collections,
    "store-front": store_front.collections,
}
"""By slug, as the folders of `experiments/` are named."""


def generate(slug: str) -> Collections:
    """The example's documents, stamped with its slug; nothing for a slug that is no example."""
    if slug not in GENERATORS:
        return {}
    return {f"{slug}_{name}": _stamped(slug, documents) for name, documents in GENERATORS[slug]().items()}


def _stamped(slug: str, documents: Iterable[Document]) -> Iterator[Document]:
    return ({**document, "experiment_id": slug} for document in documents)
