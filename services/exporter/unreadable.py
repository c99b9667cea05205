"""Collections that cannot be read: an export says which one it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pymongo.errors import OperationFailure

from libs.common.errors import EntrepotError
from libs.common.owned_collections import Found

SNAPSHOT_LOST: Final = frozenset({50, 239, 246})
"""MaxTimeMSExpired, SnapshotTooOld, SnapshotUnavailable: too late, or a collection changed its form meanwhile."""


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
        reason = (error.details or {}).get("errmsg", error.code)
        raise CollectionUnreadable(f"{found.name} cannot be read: {reason}") from error
