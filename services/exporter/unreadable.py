"""Collections that cannot be read: an export says which one it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pymongo.errors import OperationFailure

from libs.common.errors import EntrepotError
from libs.common.owned_collections import Found

SNAPSHOT_LOST: Final = frozenset({239, 246})
"""SnapshotTooOld, SnapshotUnavailable: too late, or a collection was changed in its form meanwhile."""


class CollectionUnreadable(EntrepotError):
    """A collection of the experiment cannot be read."""

    code = "collection-unreadable"


@contextmanager
def naming(found: Found) -> Iterator[None]:
    """Name the collection that the database refuses; a lost snapshot is none's fault. Raises: CollectionUnreadable."""
    try:
        yield
    except OperationFailure as error:
        if error.code in SNAPSHOT_LOST:
            raise
        raise CollectionUnreadable(f"{found.name} cannot be read: {error.code} {error.details}") from error
