"""The form on the wire, without a broker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import aio_pika
from aio_pika import IncomingMessage
from aio_pika.abc import AbstractMessage
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from libs.common.bus.rabbit.messages import buried, dead_letter, delivery_of, from_amqp, revived, to_amqp
from tests.contract.bus.inbox import make


def incoming(message: AbstractMessage, **headers: Any) -> IncomingMessage:
    """As if the broker had delivered it, with headers of the broker's own."""
    properties = message.properties
    properties.headers = {**(properties.headers or {}), **headers}
    delivery = Basic.Deliver(
        consumer_tag="t", delivery_tag=1, exchange="entrepot.commands", routing_key="export.request"
    )
    header = ContentHeader(body_size=len(message.body), properties=properties)
    return IncomingMessage(
        DeliveredMessage(delivery=delivery, header=header, body=message.body, channel=MagicMock())
    )


def test_message_comes_back_equal() -> None:
    sent = make("export.request", slug="click", size=1.5, tags=["ä", None])

    assert from_amqp(incoming(to_amqp(sent))) == sent


def test_amqp_properties_repeat_the_envelope() -> None:
    sent = make("export.request").model_copy(update={"traceparent": "00-trace-span-01"})
    properties = to_amqp(sent).properties

    assert properties.message_id == sent.id
    assert properties.correlation_id == sent.correlation_id
    assert properties.message_type == "io.entrepot.export.request"
    assert properties.content_type == "application/json"
    assert properties.delivery_mode == 2
    assert properties.headers is not None
    assert properties.headers["traceparent"] == "00-trace-span-01"
    assert properties.headers["ce-id"] == sent.id
    assert properties.headers["ce-specversion"] == "1.0"


def test_deliveries_are_counted_from_one() -> None:
    message = make("export.request")

    assert delivery_of(incoming(to_amqp(message))) == 1
    assert delivery_of(incoming(to_amqp(message), **{"x-delivery-count": 4})) == 5
    assert delivery_of(incoming(to_amqp(message), **{"x-delivery-count": "many"})) == 1


def test_buried_message_says_why_and_revived_one_forgets() -> None:
    sent = make("export.request", slug="click")
    before = datetime.now(UTC)
    dead = incoming(
        buried(incoming(to_amqp(sent)), "exporter.export.request", "because"), **{"x-delivery-count": 3}
    )
    letter = dead_letter(dead)

    assert (letter.id, letter.queue, letter.reason) == (sent.id, "exporter.export.request", "because")
    assert letter.routing_key == "export.request"
    assert letter.died_at >= before
    assert letter.body == '{"slug": "click"}'
    again = incoming(revived(dead))
    assert from_amqp(again) == sent
    assert not [name for name in again.headers if name.startswith("x-")]


def test_message_without_an_id_gets_one_when_it_is_buried() -> None:
    first = buried(incoming(aio_pika.Message(b"?")), "q", "because")
    second = buried(incoming(aio_pika.Message(b"?")), "q", "because")

    assert first.message_id
    assert first.message_id != second.message_id


def test_letter_that_the_broker_buried() -> None:
    """Its limit was exceeded by consumers that died, so no one of us could write a reason."""
    died_at = datetime(2026, 1, 2, tzinfo=UTC)
    death = {
        "reason": "delivery_limit",
        "queue": "exporter.export.request",
        "time": died_at,
        "routing-keys": ["export.request"],
        "count": 1,
    }
    sent = make("export.request")
    dead = incoming(to_amqp(sent), **{"x-death": [death], "x-first-death-reason": "delivery_limit"})
    letter = dead_letter(dead)

    assert letter.queue == "exporter.export.request"
    assert letter.routing_key == "export.request"
    assert letter.died_at == died_at
    assert "never acknowledged" in letter.reason
    assert not [name for name in revived(dead).headers if name.startswith("x-")]


def test_other_reasons_of_the_broker_stand_as_they_are() -> None:
    dead = incoming(aio_pika.Message(b"?"), **{"x-death": [{"reason": "rejected", "queue": "q"}]})

    assert dead_letter(dead).reason == "rejected"


def test_letter_of_which_nothing_is_known() -> None:
    letter = dead_letter(incoming(aio_pika.Message(b"\xff")))

    assert letter.reason == "unknown"
    assert letter.body == "\ufffd"
