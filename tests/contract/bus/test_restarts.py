"""The server is killed with -9 and comes back: nothing that was confirmed is lost, and everyone reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.common.bus import Bus, BusUnavailable
from libs.common.events.envelope import Message
from tests.contract.bus.inbox import EXPORT, Gate, Inbox, eventually, make
from tests.contract.bus.servers import Mongod, Rabbitmq, Server

PUBLISHERS = 20
ENOUGH = 500
"""Confirmed messages before the server dies, with others under way."""

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(params=["embedded", "rabbit"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    if request.param == "embedded":
        mongod = Mongod(tmp_path)
        await mongod.start()
        yield mongod
        mongod.kill()
        return
    node = request.getfixturevalue("rabbitmq_node")
    if not node.is_ours:
        pytest.skip("the broker of AMQP_URL is not ours to kill")
    yield Rabbitmq(node, request.getfixturevalue("amqp_url"))


@pytest.fixture
async def buses(server: Server) -> AsyncIterator[list[Bus]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(server.open()) for _ in range(2)]


async def publish_until_held(bus: Bus, message: Message) -> None:
    """As the outbox does: again and again, for a lost confirm does not tell."""
    async with asyncio.timeout(60):
        while True:
            try:
                await bus.publish(message)
            except BusUnavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_confirmed_messages_survive_a_kill(server: Server, buses: list[Bus]) -> None:
    confirmed: set[str] = set()

    async def publish_until_it_fails() -> None:
        while True:
            message = make("export.request")
            try:
                await buses[0].publish(message)
            except BusUnavailable:
                return
            confirmed.add(message.id)

    async with asyncio.TaskGroup() as publishers:
        for _ in range(PUBLISHERS):
            publishers.create_task(publish_until_it_fails())
        await eventually(lambda: len(confirmed) >= ENOUGH, "some are confirmed")
        server.kill()
    await server.start()
    inbox = Inbox()
    async with buses[1].consume(EXPORT, inbox, slots=50):
        await eventually(lambda: confirmed <= set(inbox.ids), "all confirmed messages are handled")

    assert len(confirmed) >= ENOUGH


async def test_consumer_goes_on_after_a_restart(server: Server, buses: list[Bus]) -> None:
    inbox = Inbox()
    before, after = make("export.request"), make("export.request")
    async with buses[0].consume(EXPORT, inbox, slots=2):
        await buses[1].publish(before)
        await inbox.holds(1)
        server.kill()
        await server.start()
        await publish_until_held(buses[1], after)
        await eventually(lambda: after.id in inbox.ids, "the consumer is back")

    assert inbox.ids[0] == before.id


async def test_handler_under_way_is_not_disturbed_and_its_slot_stays_taken(
    server: Server, buses: list[Bus]
) -> None:
    gate = Gate()
    first, second = make("export.request"), make("export.request")
    async with buses[0].consume(EXPORT, gate, slots=1):
        await buses[1].publish(first)
        await gate.has_entered(1)
        server.kill()
        await server.start()
        await publish_until_held(buses[1], second)
        assert gate.running == 1
        gate.open.set()
        await eventually(lambda: second.id in [message.id for message in gate.left], "the next is handled")

    assert gate.left[0] == first
    assert gate.most_running == 1


async def test_subscriber_is_told_and_receives_after_a_restart(server: Server, buses: list[Bus]) -> None:
    inbox = Inbox()
    ready_calls = 0

    async def ready() -> None:
        nonlocal ready_calls
        ready_calls += 1

    async with buses[0].subscribe(["export.*"], inbox, ready=ready):
        await eventually(lambda: ready_calls == 1, "the subscription is ready")
        server.kill()
        # Longer than the embedded bus keeps a private queue that no one renews in these tests.
        await asyncio.sleep(2)
        await server.start()
        await eventually(lambda: ready_calls == 2, "the subscription is ready again")
        sent = make("export.completed")
        await publish_until_held(buses[1], sent)
        await eventually(lambda: sent.id in inbox.ids, "the event arrives")


async def test_publisher_says_so_while_the_server_is_down(server: Server, buses: list[Bus]) -> None:
    server.kill()
    bus = buses[0]
    results = await asyncio.gather(
        bus.publish(make("export.request")),
        bus.publish(make("export.completed")),
        bus.check(),
        bus.dead_letters(),
        bus.depth(EXPORT),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [BusUnavailable] * 5
    await server.start()

    await publish_until_held(buses[0], make("export.request"))
    await buses[0].check()


async def test_open_needs_the_server(server: Server) -> None:
    server.kill()
    with pytest.raises(BusUnavailable) as error:
        async with server.open():
            pytest.fail("there is no server to open")
    await server.start()

    assert "guest" not in str(error.value)


async def test_consumer_can_be_left_while_the_server_is_down(server: Server, buses: list[Bus]) -> None:
    inbox = Inbox()
    async with buses[0].consume(EXPORT, inbox, slots=2), buses[0].subscribe(["#"], inbox):
        server.kill()
    await server.start()
    sent = make("export.request")
    await publish_until_held(buses[0], sent)
    async with buses[0].consume(EXPORT, inbox, slots=2):
        await eventually(lambda: sent.id in inbox.ids, "a new consumer works on the same bus")
