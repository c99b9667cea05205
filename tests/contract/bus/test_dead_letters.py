"""What cannot be handled goes out of the way, says why, and can be put back or dropped."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.bus import DELIVERY_LIMIT, Bus, DeadLetter
from libs.common.errors import InvalidInput, NotFound
from libs.common.events.envelope import new_id
from tests.contract.bus.adapters import Adapter
from tests.contract.bus.inbox import EXPORT, IMPORT, Inbox, make

ENVELOPE = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-type": "io.entrepot.export.request",
    "ce-source": "/entrepot/test",
}


async def letters(bus: Bus, count: int) -> list[DeadLetter]:
    """The dead letters, when there are so many."""
    async with asyncio.timeout(30):
        while len(found := await bus.dead_letters()) < count:
            await asyncio.sleep(0.02)
    return found


async def test_command_that_always_fails_is_a_dead_letter_after_the_limit(bus: Bus) -> None:
    inbox = Inbox(failures=100)
    sent, next_one = make("export.request", slug="click"), make("export.request", slug="next")
    async with bus.consume(EXPORT, inbox, slots=1):
        await bus.publish(sent)
        (letter,) = await letters(bus, 1)
        assert inbox.calls == [sent] * DELIVERY_LIMIT
        inbox._failures = 0
        await bus.publish(next_one)
        await inbox.holds(1)

    assert letter.queue == EXPORT
    assert letter.routing_key == "export.request"
    assert letter.body == '{"slug": "click"}'
    assert "ValueError" in letter.reason
    assert inbox.messages == [next_one]
    assert await bus.depth(EXPORT) == 0


async def test_limit_counts_over_all_consumers(bus: Bus, other_bus: Bus) -> None:
    first, second = Inbox(failures=100), Inbox(failures=100)
    async with bus.consume(EXPORT, first, slots=2), other_bus.consume(EXPORT, second, slots=2):
        await bus.publish(make("export.request"))
        await letters(bus, 1)

    assert len(first.calls) + len(second.calls) == DELIVERY_LIMIT


async def test_reason_tells_our_own_error_but_no_foreign_text(bus: Bus) -> None:
    ours = Inbox(failures=100, error=InvalidInput("the job names no slug"))
    foreign = Inbox(failures=100, error=RuntimeError("mongodb://user:secret@host"))
    async with bus.consume(EXPORT, ours, slots=1), bus.consume(IMPORT, foreign, slots=1):
        await bus.publish(make("export.request"))
        await bus.publish(make("import.request"))
        found = {letter.queue: letter.reason for letter in await letters(bus, 2)}

    assert "the job names no slug" in found[EXPORT]
    assert "RuntimeError" in found[IMPORT]
    assert "secret" not in found[IMPORT]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("", {}),
        ("not json", {}),
        ("{}", {}),
        ("not json", ENVELOPE),
        ("[1, 2]", ENVELOPE),
        ("{}", {**ENVELOPE, "ce-type": "org.example.other"}),
        ("{}", {**ENVELOPE, "ce-sequence": "many"}),
        ("{}", {**ENVELOPE, "ce-time": "yesterday"}),
        ("{}", {**ENVELOPE, "ce-specversion": "9"}),
    ],
)
async def test_malformed_message_goes_straight_to_the_dead_letters(
    adapter: Adapter, bus: Bus, body: str, headers: dict[str, str]
) -> None:
    inbox = Inbox()
    await adapter.put_raw(EXPORT, body, headers)
    async with bus.consume(EXPORT, inbox, slots=1):
        sent = make("export.request")
        await bus.publish(sent)
        await inbox.holds(1)
        (letter,) = await letters(bus, 1)

    assert inbox.calls == [sent]
    assert letter.body == body
    assert letter.queue == EXPORT
    assert letter.id
    assert letter.reason
    assert await bus.depth(EXPORT) == 0


async def test_listing_leaves_dead_letters_in_place_oldest_first(adapter: Adapter, bus: Bus) -> None:
    async with bus.consume(EXPORT, Inbox(), slots=1), bus.consume(IMPORT, Inbox(), slots=1):
        for number, queue in enumerate([EXPORT, IMPORT, EXPORT, IMPORT], start=1):
            await adapter.put_raw(queue, f"body {number}", {})
            await letters(bus, number)

    first, second = await bus.dead_letters(), await bus.dead_letters()
    assert first == second
    assert [letter.body for letter in first] == ["body 1", "body 2", "body 3", "body 4"]
    assert [letter.body for letter in await bus.dead_letters(limit=3)] == ["body 1", "body 2", "body 3"]
    assert len({letter.id for letter in first}) == 4
    assert sorted(letter.died_at for letter in first) == [letter.died_at for letter in first]


async def test_dead_letter_is_read_many_times_without_harm(adapter: Adapter, bus: Bus) -> None:
    """RabbitMQ 4 would drop it after 20 deliveries, were the queue not told otherwise."""
    async with bus.consume(EXPORT, Inbox(), slots=1):
        await adapter.put_raw(EXPORT, "body", {})
        await letters(bus, 1)

    for _ in range(30):
        assert len(await bus.dead_letters()) == 1


async def test_long_body_is_cut(adapter: Adapter, bus: Bus) -> None:
    await adapter.put_raw(EXPORT, "x" * 10_000, {})
    async with bus.consume(EXPORT, Inbox(), slots=1):
        (letter,) = await letters(bus, 1)

    assert letter.body == "x" * 4096


async def test_retried_dead_letter_is_handled_with_a_new_count(bus: Bus) -> None:
    failing, inbox = Inbox(failures=100), Inbox(failures=DELIVERY_LIMIT - 1)
    sent = make("export.request", slug="click")
    async with bus.consume(EXPORT, failing, slots=1):
        await bus.publish(sent)
        (letter,) = await letters(bus, 1)
    await bus.retry_dead_letter(letter.id)
    async with bus.consume(EXPORT, inbox, slots=1):
        await inbox.holds(1)

    assert inbox.messages == [sent]
    assert len(inbox.calls) == DELIVERY_LIMIT
    assert await bus.dead_letters() == []


async def test_retry_wakes_a_consumer_that_waits(bus: Bus, other_bus: Bus) -> None:
    inbox = Inbox(failures=DELIVERY_LIMIT)
    sent = make("export.request")
    async with bus.consume(EXPORT, inbox, slots=1):
        await bus.publish(sent)
        (letter,) = await letters(other_bus, 1)
        await other_bus.retry_dead_letter(letter.id)
        await inbox.holds(1)

    assert inbox.messages == [sent]


async def test_retried_dead_letter_may_die_again(bus: Bus) -> None:
    async with bus.consume(EXPORT, Inbox(failures=100), slots=1):
        await bus.publish(make("export.request"))
        (first,) = await letters(bus, 1)
        await bus.retry_dead_letter(first.id)
        async with asyncio.timeout(30):
            while not (again := await bus.dead_letters()) or again[0].died_at == first.died_at:
                await asyncio.sleep(0.02)

    assert [letter.id for letter in again] == [first.id]
    assert again[0].died_at > first.died_at


async def test_dropped_dead_letter_is_gone_and_the_others_stay(adapter: Adapter, bus: Bus) -> None:
    async with bus.consume(EXPORT, Inbox(), slots=1):
        for number in range(1, 4):
            await adapter.put_raw(EXPORT, f"body {number}", {})
            await letters(bus, number)
    second = (await bus.dead_letters())[1]

    await bus.drop_dead_letter(second.id)

    assert [letter.body for letter in await bus.dead_letters()] == ["body 1", "body 3"]
    with pytest.raises(NotFound):
        await bus.drop_dead_letter(second.id)


async def test_unknown_dead_letter(bus: Bus) -> None:
    missing = new_id()
    with pytest.raises(NotFound, match=missing):
        await bus.retry_dead_letter(missing)
    with pytest.raises(NotFound, match=missing):
        await bus.drop_dead_letter(missing)


async def test_durable_subscription_has_dead_letters_that_return_to_it_alone(bus: Bus) -> None:
    failing, other = Inbox(failures=DELIVERY_LIMIT), Inbox()
    sent = make("export.completed", slug="click")
    async with (
        bus.subscribe(["export.*"], failing, queue="audit"),
        bus.subscribe(["export.*"], other, queue="billing"),
    ):
        await bus.publish(sent)
        (letter,) = await letters(bus, 1)
        await bus.retry_dead_letter(letter.id)
        await failing.holds(1)
        await other.holds(1)

    assert letter.queue == "audit"
    assert letter.routing_key == "export.completed"
    assert failing.messages == [sent]
    assert other.calls == [sent]
