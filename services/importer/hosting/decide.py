"""What is to be done about one experiment: from what is registered and recorded, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from libs.common.events.imports import StopReason
from libs.common.hosting import Hosting, HostingState
from services.importer.importing import EXAMPLES

RETRY: Final = timedelta(seconds=10)
"""A start that failed is tried again on request, but not more often: its cause may pass, as a full disk does."""


@dataclass(frozen=True)
class Entry:
    """Of the configuration, as much as decides."""

    slug: str
    revision: int
    author: str
    is_active: bool


class Start(Enum):
    """Why something is to be started."""

    NEW_VERSION = auto()
    WANTED = auto()
    RESUMED = auto()
    """A supervisor died in the middle of it."""


Decision = Start | StopReason | None


def decide(entry: Entry | None, hosting: Hosting | None, now: datetime) -> Decision:
    """Start, stop, or leave as it is. Idle ones and dead ones are the watch's business."""
    if entry is None or not entry.is_active:
        return StopReason.UNREGISTERED if hosting is not None else None
    if hosting is not None and hosting.off_revision == entry.revision:
        return None if hosting.is_at_rest else StopReason.OPERATOR
    if hosting is None or hosting.tried is None:
        is_lazy = entry.author == EXAMPLES and (hosting is None or hosting.wanted_at is None)
        return None if is_lazy else Start.NEW_VERSION
    if entry.revision != hosting.tried:
        return Start.NEW_VERSION
    return _same_version(hosting, now)


def _same_version(hosting: Hosting, now: datetime) -> Start | None:
    if hosting.state is HostingState.STARTING:
        return Start.RESUMED
    is_due = hosting.state is HostingState.STOPPED or (
        hosting.state is HostingState.FAILED and now >= hosting.since + RETRY
    )
    return Start.WANTED if is_due and hosting.wanted_at is not None else None
