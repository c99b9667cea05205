"""What was told of a job, from the event log, as lines to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel

from libs.common.events.envelope import TYPE_PREFIX
from libs.common.events.jobs import Progress
from services.gateway.events.entry import Entry, Interest
from services.gateway.events.feed import Feed
from services.gateway.pages import formats

SHOWN: Final = 200
READ: Final = 8_000
"""Events of one job; progress is told at most twice a second, which is an hour of it."""


@dataclass(frozen=True)
class Happening:
    """One event. `name` is its routing key."""

    time: datetime
    name: str
    words: str


class _Event(BaseModel):
    """Of a CloudEvent in JSON, what is shown."""

    type: str
    time: AwareDatetime
    data: dict[str, Any] = {}


async def happenings_of(feed: Feed, job_id: str) -> list[Happening]:
    """In order; of successive reports of progress in one stage only the latest."""
    entries: list[Entry] = []
    position, end = 0, feed.head
    while position < end and len(entries) < READ:
        batch = await feed.events.read(Interest(correlation_id=job_id), after=position, to=end)
        entries += batch.entries
        position = batch.read_to
    return told(entries)[-SHOWN:]


def told(entries: Sequence[Entry]) -> list[Happening]:
    lines: list[Happening] = []
    stage = None
    for entry in entries:
        event = _Event.model_validate_json(entry.body)
        progress = event.data.get("progress")
        if progress and progress["stage"] == stage:
            lines.pop()
        stage = progress["stage"] if progress else None
        lines.append(Happening(event.time, event.type.removeprefix(TYPE_PREFIX), _words(event.data)))
    return lines


def _words(data: dict[str, Any]) -> str:
    if progress := data.get("progress"):
        return _progress(Progress.model_validate(progress))
    if error := data.get("error"):
        return str(error["message"])
    if "attempt" in data:
        return f"attempt {data['attempt']}"
    return str(data.get("message") or data.get("reason") or "")


def _progress(progress: Progress) -> str:
    if progress.done is None:
        return progress.stage
    return f"{progress.stage}, {formats.amount(progress.done, progress.total, progress.unit)}"
