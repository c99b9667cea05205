"""Commands: each is handled by one of the consumers of its queue, at least once, and none is lost."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.bus import Bus, Unroutable
from libs.common.bus.topology import QUEUES
from libs.common.events.envelope import Message
from tests.contract.bus.inbox import EXPORT, IMPORT, Gate, Inbox, eventually, make


async def depth_is(bus: Bus, queue: str, depth: int) -> None:
    async with asyncio.timeout(30):
        while await bus.depth(queue) != depth:
            await asyncio.sleep(0.01)


async def test_command_arrives_as_it_was_sent(bus: Bus) -> None:
    sent = make("export.request", slug="zürich", nested={"values": [1, 2.5, None, True, "$dollar.dot"]})
    sent = sent.model_copy(
        update={
            "sequence": 7,
            "causation_id": "cause",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }
    )
    inbox = Inbox()

    async with bus.consume(EXPORT, inbox, slots=1):
        await bus.publish(sent)
        await inbox.holds(1)

    assert inbox.messages == [sent]


@pytest.mark.parametrize("queue", QUEUES)
async def test_each_command_reaches_its_own_queue_before_anyone_consumes(bus: Bus, queue: str) -> None:
    await bus.publish(make(QUEUES[queue]))

    await depth_is(bus, queue, 1)
    assert [await bus.depth(other) for other in QUEUES if other != queue] == [0] * (len(QUEUES) - 1)


async def test_command_that_no_queue_takes_is_refused(bus: Bus) -> None:
    with pytest.raises(Unroutable, match=r"unknown\.request"):
        await bus.publish(make("unknown.request"))
    await bus.publish(make("export.request"))  # the refusal spoils nothing

    await depth_is(bus, EXPORT, 1)


async def test_unroutable_among_many_in_flight_fails_alone(bus: Bus) -> None:
    keys = ["export.request"] * 20 + ["unknown.request"] + ["import.request"] * 20

    results = await asyncio.gather(*(bus.publish(make(key)) for key in keys), return_exceptions=True)

    assert [type(result) for result in results if result is not None] == [Unroutable]
    assert isinstance(results[20], Unroutable)


async def test_handled_message_is_gone(bus: Bus, other_bus: Bus) -> None:
    inbox, late = Inbox(), Inbox()
    async with bus.consume(EXPORT, inbox, slots=4):
        for _ in range(10):
            await bus.publish(make("export.request"))
        await inbox.holds(10)
    async with other_bus.consume(EXPORT, late, slots=4):
        await bus.publish(make("export.request", last=True))
        await late.holds(1)

    assert [message.data for message in late.messages] == [{"last": True}]


async def test_consumers_compete_and_each_message_goes_to_one(bus: Bus, other_bus: Bus) -> None:
    first, second = Gate(), Gate()
    async with bus.consume(EXPORT, first, slots=2), other_bus.consume(EXPORT, second, slots=2):
        sent = [make("export.request") for _ in range(20)]
        await asyncio.gather(*(bus.publish(message) for message in sent))
        await first.has_entered(2)
        await second.has_entered(2)
        first.open.set()
        second.open.set()
        await eventually(lambda: len(first.left) + len(second.left) >= 20, "all are handled")

    handled = [message.id for message in [*first.left, *second.left]]
    assert sorted(handled) == sorted(message.id for message in sent)


async def test_queues_do_not_mix(bus: Bus) -> None:
    exports, imports = Inbox(), Inbox()
    async with bus.consume(EXPORT, exports, slots=1), bus.consume(IMPORT, imports, slots=1):
        await bus.publish(make("import.request"))
        await bus.publish(make("export.request"))
        await exports.holds(1)
        await imports.holds(1)

    assert [message.routing_key for message in exports.messages] == ["export.request"]
    assert [message.routing_key for message in imports.messages] == ["import.request"]


async def test_failed_handler_gets_the_message_again(bus: Bus) -> None:
    inbox = Inbox(failures=2)
    sent = make("export.request")
    async with bus.consume(EXPORT, inbox, slots=1):
        await bus.publish(sent)
        await inbox.holds(1)

    assert inbox.calls == [sent] * 3
    assert await bus.dead_letters() == []


async def test_never_more_handlers_than_slots(bus: Bus) -> None:
    gate = Gate()
    async with bus.consume(EXPORT, gate, slots=3):
        await asyncio.gather(*(bus.publish(make("export.request")) for _ in range(12)))
        await gate.has_entered(3)
        await depth_is(bus, EXPORT, 9)
        gate.open.set()
        await eventually(lambda: len(gate.left) == 12, "all are handled")

    assert gate.most_running == 3


async def test_one_slot_keeps_the_order(bus: Bus) -> None:
    inbox = Inbox()
    sent = [make("export.request", number=number) for number in range(50)]
    async with bus.consume(EXPORT, inbox, slots=1):
        for message in sent:
            await bus.publish(message)
        await inbox.holds(50)

    assert inbox.messages == sent


async def test_leaving_waits_for_handlers_and_leaves_the_rest(bus: Bus, other_bus: Bus) -> None:
    gate = Gate()
    sent = [make("export.request") for _ in range(6)]

    async def consume_until_told() -> None:
        async with bus.consume(EXPORT, gate, slots=2):
            await gate.has_entered(2)
            leaving.set()

    leaving = asyncio.Event()
    for message in sent:
        await bus.publish(message)
    consuming = asyncio.create_task(consume_until_told())
    await leaving.wait()
    await depth_is(other_bus, EXPORT, 4)
    assert not consuming.done()
    gate.open.set()
    await consuming

    assert [message.id for message in gate.left] == [message.id for message in sent[:2]]
    rest = Inbox()
    async with other_bus.consume(EXPORT, rest, slots=1):
        await rest.holds(4)
    assert rest.ids == [message.id for message in sent[2:]]


async def test_cancelled_consumer_gives_its_message_to_the_next(bus: Bus, other_bus: Bus) -> None:
    gate, inbox = Gate(), Inbox()

    async def consume_for_ever() -> None:
        async with bus.consume(EXPORT, gate, slots=1):
            await asyncio.Event().wait()

    consuming = asyncio.create_task(consume_for_ever())
    sent = make("export.request")
    await bus.publish(sent)
    await gate.has_entered(1)
    consuming.cancel()
    # Leaving still waits for the handler; a second cancellation does not.
    await asyncio.sleep(0)
    consuming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consuming
    async with other_bus.consume(EXPORT, inbox, slots=1):
        await inbox.holds(1)

    assert gate.running == 0
    assert gate.left == []
    assert inbox.messages == [sent]


async def test_handler_may_publish(bus: Bus) -> None:
    inbox = Inbox()

    async def answer(message: Message) -> None:
        await bus.publish(make("export.completed", of=message.id))

    async with bus.subscribe(["export.*"], inbox), bus.consume(EXPORT, answer, slots=1):
        sent = make("export.request")
        await bus.publish(sent)
        await inbox.holds(1)

    assert inbox.messages[0].data == {"of": sent.id}


async def test_check_passes_while_the_server_is_up(bus: Bus) -> None:
    await bus.check()
