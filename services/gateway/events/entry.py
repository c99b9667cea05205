"""One event as the log keeps it, and what somebody wants to hear of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Self

from libs.common.bus.patterns import matches

EVERYTHING: Final = "#"


@dataclass(frozen=True)
class Entry:
    """`number` counts the log's events without gaps; `body` is the event in CloudEvents' JSON format."""

    number: int
    event_id: str
    routing_key: str
    subject: str | None
    correlation_id: str
    owner: str | None
    """Email of who asked for the job that the event is of; None where it is of none."""
    logged_at: datetime
    body: bytes

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            number=document["_id"],
            event_id=document["event_id"],
            routing_key=document["routing_key"],
            subject=document["subject"],
            correlation_id=document["correlation_id"],
            owner=document["owner"],
            logged_at=document["logged_at"],
            body=document["body"].encode(),
        )


@dataclass(frozen=True)
class Interest:
    """Unset means any; `owner` limits to events of that person's jobs and of no job."""

    patterns: tuple[str, ...] = (EVERYTHING,)
    """Topic patterns of routing keys, of which one must match."""
    subject: str | None = None
    correlation_id: str | None = None
    owner: str | None = None

    def wants(self, entry: Entry) -> bool:
        return (
            self.subject in (None, entry.subject)
            and self.correlation_id in (None, entry.correlation_id)
            and (self.owner is None or entry.owner in (None, self.owner))
            and _match(self.patterns, entry.routing_key)
        )

    def criteria(self) -> dict[str, Any]:
        """What an index of the log can find; `wants` decides about the rest."""
        named = {"subject": self.subject, "correlation_id": self.correlation_id}
        return {name: value for name, value in named.items() if value is not None}


@lru_cache(maxsize=4096)
def _match(patterns: tuple[str, ...], routing_key: str) -> bool:
    """Remembered: a thousand readers ask for the same few patterns of every event."""
    return any(matches(pattern, routing_key) for pattern in patterns)
