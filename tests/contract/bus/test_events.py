"""Events: each subscription whose pattern matches receives each event, in order."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.bus import DELIVERY_LIMIT, Bus
from libs.common.events.envelope import Message
from tests.contract.bus.adapters import Adapter
from tests.contract.bus.inbox import Gate, Inbox, eventually, make


async def queues_are(adapter: Adapter, count: int) -> list[str]:
    async with asyncio.timeout(30):
        while len(names := await adapter.subscription_queues()) != count:
            await asyncio.sleep(0.05)
    return names


async def test_event_goes_to_every_subscription(bus: Bus, other_bus: Bus) -> None:
    inboxes = [Inbox(), Inbox(), Inbox()]
    async with (
        bus.subscribe(["export.*"], inboxes[0]),
        other_bus.subscribe(["#"], inboxes[1]),
        other_bus.subscribe(["import.*", "*.completed"], inboxes[2]),
    ):
        sent = make("export.completed", size=1)
        await bus.publish(sent)
        for inbox in inboxes:
            await inbox.holds(1)

    assert [inbox.messages for inbox in inboxes] == [[sent]] * 3


async def test_event_to_no_one_is_fine(bus: Bus) -> None:
    await bus.publish(make("export.completed"))

    inbox = Inbox()
    async with bus.subscribe(["#"], inbox):
        late = make("export.failed")
        await bus.publish(late)
        await inbox.holds(1)
    assert inbox.messages == [late]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["#"], ["export.completed", "export.failed", "import.completed"]),
        (["export.*"], ["export.completed", "export.failed"]),
        (["*.completed"], ["export.completed", "import.completed"]),
        (["import.completed"], ["import.completed"]),
        (["export.#"], ["export.completed", "export.failed"]),
        (["export.completed.#"], ["export.completed"]),
        (["*"], []),
        (["*.*.*"], []),
        (["export.*", "#"], ["export.completed", "export.failed", "import.completed"]),
    ],
)
async def test_patterns(bus: Bus, patterns: list[str], expected: list[str]) -> None:
    inbox = Inbox()
    async with bus.subscribe([*patterns, "experiment.started"], inbox):
        for key in ["export.completed", "export.failed", "import.completed", "experiment.started"]:
            await bus.publish(make(key))
        await inbox.holds(len(expected) + 1)

    assert [message.routing_key for message in inbox.messages] == [*expected, "experiment.started"]


async def test_subscriber_sees_events_in_order_one_at_a_time(bus: Bus, other_bus: Bus) -> None:
    gate = Gate()
    gate.open.set()
    sent = [make("export.progressed", number=number) for number in range(100)]
    async with other_bus.subscribe(["export.*"], gate):
        for message in sent:
            await bus.publish(message)
        await eventually(lambda: len(gate.left) == 100, "all are seen")

    assert gate.left == sent
    assert gate.most_running == 1


async def test_private_subscription_ends_with_its_context(adapter: Adapter, bus: Bus) -> None:
    inbox = Inbox()
    async with bus.subscribe(["#"], inbox):
        await queues_are(adapter, 1)
    await queues_are(adapter, 0)
    await bus.publish(make("export.completed"))

    assert inbox.calls == []


async def test_private_subscriptions_leave_each_other_alone(adapter: Adapter, bus: Bus) -> None:
    staying, leaving = Inbox(), Inbox()
    async with bus.subscribe(["#"], staying):
        async with bus.subscribe(["#"], leaving):
            await queues_are(adapter, 2)
        await bus.publish(make("export.completed"))
        await staying.holds(1)

    assert leaving.calls == []


async def test_durable_subscription_receives_what_it_was_away_for(
    adapter: Adapter, bus: Bus, other_bus: Bus
) -> None:
    before, after = Inbox(), Inbox()
    async with bus.subscribe(["export.*"], before, queue="audit"):
        pass
    sent = [make("export.completed", number=number) for number in range(3)]
    for message in sent:
        await bus.publish(message)
    async with other_bus.subscribe(["export.*"], after, queue="audit"):
        await after.holds(3)

    assert before.calls == []
    assert after.messages == sent
    assert await queues_are(adapter, 1) == ["audit"]


async def test_durable_subscription_is_shared(bus: Bus, other_bus: Bus) -> None:
    first, second = Gate(), Gate()
    async with (
        bus.subscribe(["export.*"], first, queue="audit"),
        other_bus.subscribe(["export.*"], second, queue="audit"),
    ):
        sent = [make("export.completed") for _ in range(10)]
        for message in sent:
            await bus.publish(message)
        await first.has_entered(1)
        await second.has_entered(1)
        first.open.set()
        second.open.set()
        await eventually(lambda: len(first.left) + len(second.left) >= 10, "all are seen")

    assert sorted(each.id for each in [*first.left, *second.left]) == sorted(each.id for each in sent)


async def test_durable_subscription_keeps_its_patterns_and_takes_more(bus: Bus) -> None:
    inbox = Inbox()
    async with bus.subscribe(["export.*"], inbox, queue="audit"):
        pass
    async with bus.subscribe(["import.*"], inbox, queue="audit"):
        await bus.publish(make("export.completed"))
        await bus.publish(make("import.completed"))
        await inbox.holds(2)

    assert [message.routing_key for message in inbox.messages] == ["export.completed", "import.completed"]


async def test_failing_subscriber_is_tried_again_before_the_next_event(bus: Bus) -> None:
    inbox = Inbox(failures=2)
    async with bus.subscribe(["#"], inbox):
        sent = [make("export.started"), make("export.completed")]
        for message in sent:
            await bus.publish(message)
        await inbox.holds(2)

    assert inbox.calls == [sent[0]] * 3 + [sent[1]]


async def test_private_subscriber_that_always_fails_loses_only_that_event(bus: Bus) -> None:
    inbox = Inbox(failures=DELIVERY_LIMIT)
    async with bus.subscribe(["#"], inbox):
        sent = [make("export.started"), make("export.completed")]
        for message in sent:
            await bus.publish(message)
        await inbox.holds(1)

    assert inbox.messages == sent[1:]
    assert inbox.calls == [sent[0]] * DELIVERY_LIMIT + [sent[1]]
    assert await bus.dead_letters() == []


async def test_ready_is_called_when_the_subscription_receives(bus: Bus) -> None:
    inbox = Inbox()
    sent = make("export.completed")

    async def ready() -> None:
        await bus.publish(sent)

    async with bus.subscribe(["#"], inbox, ready=ready):
        await inbox.holds(1)

    assert inbox.messages == [sent]


@pytest.mark.parametrize("queue", [None, "audit"])
async def test_failing_listener_does_not_end_the_subscription(bus: Bus, queue: str | None) -> None:
    inbox = Inbox()

    async def ready() -> None:
        raise ValueError("the listener was told to fail")

    async with bus.subscribe(["#"], inbox, queue=queue, ready=ready):
        await bus.publish(make("export.completed"))
        await inbox.holds(1)


async def test_commands_are_no_events(bus: Bus) -> None:
    inbox = Inbox()
    async with bus.subscribe(["#"], inbox):
        await bus.publish(make("export.request"))
        event = make("export.started")
        await bus.publish(event)
        await inbox.holds(1)

    assert inbox.messages == [event]


async def test_event_that_cannot_be_read_is_passed_over(adapter: Adapter, bus: Bus) -> None:
    seen: list[Message] = []

    async def handler(message: Message) -> None:
        seen.append(message)

    async with bus.subscribe(["#"], handler):
        (queue,) = await queues_are(adapter, 1)
        await adapter.put_raw(queue, "not json", {})
        sent = make("export.completed")
        await bus.publish(sent)
        await eventually(lambda: bool(seen), "the next event is seen")

    assert seen == [sent]
