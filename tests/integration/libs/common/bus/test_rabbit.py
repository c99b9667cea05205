"""What only RabbitMQ shows: the wire as others see it, its definitions file, a consumer that the broker cancels."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aio_pika
import pytest

from libs.common.bus import Bus
from libs.common.bus.rabbit import open_rabbit_bus
from tests.contract.bus.inbox import Inbox, eventually, make
from tests.servers.rabbitmq import RabbitmqNode

DEFINITIONS = Path(__file__).parents[5] / "deploy" / "rabbitmq" / "definitions.json"


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(amqp_url, service="test")
    yield bus
    await bus.close()


async def test_other_systems_bind_a_queue_and_read_cloudevents(bus: Bus, amqp_url: str) -> None:
    sent = make("export.completed", size=3).model_copy(update={"traceparent": "00-a-b-01", "sequence": 4})
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        queue = await channel.declare_queue("theirs", exclusive=True)
        await queue.bind("entrepot.events", "export.*")
        await bus.publish(sent)
        received = await queue.get(timeout=10)
        await received.ack()

    assert received.headers == {
        "ce-specversion": "1.0",
        "ce-id": sent.id,
        "ce-type": "io.entrepot.export.completed",
        "ce-source": "/entrepot/test",
        "ce-subject": "click_tracker",
        "ce-time": sent.time.isoformat().replace("+00:00", "Z"),
        "ce-correlationid": sent.correlation_id,
        "ce-schemaversion": "1",
        "ce-sequence": "4",
        "ce-traceparent": "00-a-b-01",
        "traceparent": "00-a-b-01",
    }
    assert json.loads(received.body) == {"size": 3}
    assert received.content_type == "application/json"
    assert received.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert received.message_id == sent.id
    assert received.correlation_id == sent.correlation_id


async def test_events_of_others_in_structured_mode_are_understood(bus: Bus, amqp_url: str) -> None:
    inbox = Inbox()
    event = {
        "specversion": "1.0",
        "id": "theirs",
        "type": "io.entrepot.export.completed",
        "source": "/other",
        "correlationid": "job",
        "data": {"size": 1},
    }
    async with (
        bus.subscribe(["export.*"], inbox),
        await aio_pika.connect(amqp_url) as connection,
        connection.channel() as channel,
    ):
        exchange = await channel.get_exchange("entrepot.events")
        message = aio_pika.Message(json.dumps(event).encode(), content_type="application/cloudevents+json")
        await exchange.publish(message, "export.completed")
        await inbox.holds(1)

    assert (inbox.messages[0].id, inbox.messages[0].data) == ("theirs", {"size": 1})


async def test_definitions_file_and_code_agree_on_a_real_broker(
    amqp_url: str, rabbitmq_node: RabbitmqNode
) -> None:
    """Were they not equal, declaring again would fail."""
    vhost = amqp_url.rpartition("/")[2]
    definitions = json.loads(DEFINITIONS.read_text(encoding="utf-8"))
    parts = {name: definitions[name] for name in ("exchanges", "queues", "bindings")}
    rabbitmq_node.management.call("POST", f"/definitions/{vhost}", parts)
    bindings = rabbitmq_node.management.call("GET", f"/bindings/{vhost}")

    bus = await open_rabbit_bus(amqp_url, service="test")
    await bus.publish(make("export.request"))
    await bus.close()

    assert rabbitmq_node.management.call("GET", f"/bindings/{vhost}") == bindings


async def test_consumer_returns_after_the_broker_cancelled_it(bus: Bus, amqp_url: str) -> None:
    inbox = Inbox()
    async with (
        bus.subscribe(["#"], inbox, queue="audit"),
        await aio_pika.connect(amqp_url) as connection,
        connection.channel() as channel,
    ):
        await bus.publish(make("export.started"))
        await inbox.holds(1)
        await channel.queue_delete("audit")
        await eventually_receives(bus, inbox, 2)

    assert inbox.messages[-1].routing_key == "export.completed"


async def eventually_receives(bus: Bus, inbox: Inbox, count: int) -> None:
    """Publish until one arrives: while the queue is being made anew, events match nothing."""
    for _ in range(100):
        await bus.publish(make("export.completed"))
        if len(inbox.messages) >= count:
            return
        try:
            await eventually(lambda: len(inbox.messages) >= count, "an event arrives", seconds=0.2)
        except TimeoutError:
            continue
    pytest.fail("the subscription did not come back")


async def test_connections_have_names_that_operators_understand(
    bus: Bus, amqp_url: str, rabbitmq_node: RabbitmqNode
) -> None:
    vhost = amqp_url.rpartition("/")[2]

    def names() -> set[str]:
        found = rabbitmq_node.management.call("GET", f"/vhosts/{vhost}/connections")
        return {each.get("client_properties", {}).get("connection_name", "") for each in found}

    await eventually(lambda: names() == {"test publishes", "test consumes"}, "both connections are listed")
