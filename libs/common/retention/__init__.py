"""What is kept for how long, in one form: a rule knows one kind of thing, finds what may go, and removes it.

Whoever owns a kind writes its rule; services apply theirs now and then (`keeping`), and `manage.py sweep` applies all.
A rule never removes what a job that has not ended uses, however old it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from libs.common.limits import Limits


@dataclass(frozen=True)
class Doomed:
    """Something that may go, or several of one kind under one name."""

    kind: str
    name: str
    reason: str
    since: datetime | None = None
    """When it was last written."""
    size: int | None = None
    """Bytes."""
    count: int = 1


class Rule(Protocol):
    """Safe to apply in several processes at once."""

    @property
    def kind(self) -> str: ...

    def find(self) -> AsyncIterator[Doomed]:
        """What may go now; nothing is changed."""
        ...

    async def remove(self, doomed: Doomed) -> int:
        """How many went: fewer than were found where somebody has begun to use them meanwhile."""
        ...


def spare(limits: Limits) -> timedelta:
    """Age below which something that nothing names may belong to a job that is about to name it."""
    return timedelta(seconds=2 * limits.job_deadline_seconds)


def older_than(age: timedelta) -> datetime:
    return datetime.now(UTC) - age


def in_words(seconds: float) -> str:
    """`30 days`, `24 hours`: for reasons that people read."""
    days, hours = seconds / 86400, seconds / 3600
    count, unit = (days, "day") if days > 1 else (hours, "hour")
    return f"{count:g} {unit}" if count == 1 else f"{count:g} {unit}s"
