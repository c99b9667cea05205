"""What both adapters do when a handler fails: wait a little, try again, give up with a reason that says why."""

from __future__ import annotations

from libs.common.bus import DELIVERY_LIMIT
from libs.common.errors import EntrepotError

FIRST_RETRY_SECONDS = 0.25
"""Doubled each time: four pauses make 3.75 s, which outlast the election of a new primary."""
DRAIN_SECONDS = 25.0
"""Grace for handlers under way when a consumer stops; below the 30 s that container runtimes give."""
UNACKNOWLEDGED = f"delivered {DELIVERY_LIMIT} times and never acknowledged: each consumer died with it"


def retry_seconds(delivery: int) -> float:
    """The pause after the delivery of this number, counted from 1."""
    return float(FIRST_RETRY_SECONDS * 2 ** (delivery - 1))


def reason_of(error: Exception) -> str:
    """What stands in the dead letter. Other errors than ours may hold secrets, so only their class is named."""
    detail = f": {error.detail}" if isinstance(error, EntrepotError) else ""
    return f"failed {DELIVERY_LIMIT} times, the last time with {type(error).__name__}{detail}"
