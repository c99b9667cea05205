"""The log itself: numbers without gaps, each event once, however many write."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import EVENT_LOG, ensure_indexes
from libs.common.events.envelope import Message, new_id
from services.gateway.events import log
from services.gateway.events.entry import Interest
from services.gateway.events.log import KEPT, EventLog


def event(text: str = "", subject: str = "click") -> Message:
    return Message(
        type="io.entrepot.export.completed",
        source="/entrepot/exporter",
        subject=subject,
        correlation_id=new_id(),
        data={"text": text},
    )


@pytest.fixture
async def events(database: Database) -> EventLog:
    await ensure_indexes(database)
    return EventLog(database)


async def numbers(events: EventLog, *, after: int = 0) -> list[int]:
    batch = await events.read(Interest(), after=after, to=await events.last())
    return [entry.number for entry in batch.entries]


async def test_writers_that_race_leave_no_gap_and_lose_nothing(events: EventLog, database: Database) -> None:
    sent = [event() for _ in range(60)]
    writers = [EventLog(database) for _ in range(4)]
    await asyncio.gather(*(writers[at % 4].append(each) for at, each in enumerate(sent)))

    batch = await events.read(Interest(), after=0, to=60)
    assert [entry.number for entry in batch.entries] == list(range(1, 61))
    assert {entry.event_id for entry in batch.entries} == {each.id for each in sent}


async def test_an_event_is_written_once(events: EventLog, database: Database) -> None:
    first, second = event(), event()
    for each in (first, second, first):
        await events.append(each)
    await EventLog(database).append(second)

    assert await numbers(events) == [1, 2]


async def test_the_text_of_an_event_is_kept_as_it_is(events: EventLog) -> None:
    await events.append(event("ä\n€ 🎈"))
    entry = await events.get(1)
    assert entry is not None
    assert b"\n" not in entry.body
    assert "🎈" in entry.body.decode() or rb"\ud83c" in entry.body
    assert await events.get(2) is None


async def test_numbers_go_on_after_all_is_swept(events: EventLog, database: Database) -> None:
    for _ in range(3):
        await events.append(event())
    long_ago = datetime.now(UTC) - KEPT - timedelta(minutes=1)
    await database[EVENT_LOG].update_many({}, {"$set": {"logged_at": long_ago}})

    assert await events.sweep() == 2
    await EventLog(database).append(event())

    assert await numbers(events) == [3, 4]
    assert (await events.oldest(), await events.last()) == (3, 4)


async def test_what_is_younger_than_a_day_is_never_swept(events: EventLog) -> None:
    for _ in range(3):
        await events.append(event())
    assert await events.sweep() == 0


async def test_a_batch_has_a_bound_and_says_how_far_it_goes(
    events: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject in ("a", "b", "a", "b", "a"):
        await events.append(event("x" * 100, subject))

    monkeypatch.setattr(log, "BATCH_EVENTS", 2)
    by_count = await events.read(Interest(subject="a"), after=0, to=5)
    assert ([entry.number for entry in by_count.entries], by_count.read_to) == ([1, 3], 3)
    rest = await events.read(Interest(subject="a"), after=3, to=5)
    assert ([entry.number for entry in rest.entries], rest.read_to) == ([5], 5)

    monkeypatch.setattr(log, "BATCH_BYTES", 1)
    by_size = await events.read(Interest(), after=0, to=5)
    assert ([entry.number for entry in by_size.entries], by_size.read_to) == ([1], 1)


async def test_an_empty_log(events: EventLog) -> None:
    assert (await events.oldest(), await events.last(), await events.sweep()) == (0, 0, 0)
