"""Our message as AMQP's, and what AMQP's says about its way here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractMessage

from libs.common.bus import DeadLetter
from libs.common.bus.retries import UNACKNOWLEDGED
from libs.common.events.envelope import Message, from_rabbitmq, new_id

REASON = "x-entrepot-reason"
QUEUE = "x-entrepot-queue"
ROUTING_KEY = "x-entrepot-routing-key"
DIED_AT = "x-entrepot-died-at"
BODY_LIMIT = 4096

OURS = frozenset({REASON, QUEUE, ROUTING_KEY, DIED_AT})
BROKERS = frozenset({"x-death", "x-delivery-count", "x-acquired-count", "x-opt-rabbitmq-received-time"})
BROKERS_PREFIXES = ("x-first-death-", "x-last-death-")


def to_amqp(message: Message) -> AbstractMessage:
    """CloudEvents' binary mode, persistent, with what AMQP has a property for repeated there."""
    event = message.to_rabbitmq()
    headers: dict[str, Any] = dict(event.headers)
    if message.traceparent is not None:
        headers["traceparent"] = message.traceparent
    return aio_pika.Message(
        event.body,
        headers=headers,
        content_type=event.content_type,
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=message.id,
        correlation_id=message.correlation_id,
        timestamp=message.time,
        type=message.type,
        app_id=message.source,
    )


def from_amqp(incoming: AbstractIncomingMessage) -> Message:
    """Raises: MalformedMessage."""
    return from_rabbitmq(incoming.headers, incoming.content_type, incoming.body)


def delivery_of(incoming: AbstractIncomingMessage) -> int:
    """The number of this delivery from 1 on; quorum queues count those before it."""
    count = incoming.headers.get("x-delivery-count", 0)
    return 1 + count if isinstance(count, int) else 1


def buried(incoming: AbstractIncomingMessage, queue: str, reason: str) -> AbstractMessage:
    """The copy that goes to the dead letters and says why."""
    headers = {
        REASON: reason,
        QUEUE: queue,
        ROUTING_KEY: incoming.routing_key or "",
        DIED_AT: datetime.now(UTC).isoformat(),
    }
    return _copy(incoming, headers)


def revived(dead: AbstractIncomingMessage) -> AbstractMessage:
    """The message as it was, without its history, so that deliveries are counted anew."""
    return _copy(dead, {})


def dead_letter(dead: AbstractIncomingMessage) -> DeadLetter:
    """What we wrote when we buried it, or what the broker wrote when its limit did."""
    headers = dead.headers
    deaths = headers.get("x-death")
    death: Any = deaths[0] if isinstance(deaths, list) and deaths else {}
    keys = death.get("routing-keys") or [""]
    died_at = headers.get(DIED_AT)
    return DeadLetter(
        id=dead.message_id or "",
        queue=str(headers.get(QUEUE) or death.get("queue", "")),
        reason=str(headers.get(REASON) or _broker_reason(str(death.get("reason", "unknown")))),
        died_at=datetime.fromisoformat(str(died_at)) if died_at else death.get("time", datetime.now(UTC)),
        routing_key=str(headers.get(ROUTING_KEY) or keys[0]),
        body=dead.body[:BODY_LIMIT].decode(errors="replace"),
    )


def _broker_reason(reason: str) -> str:
    return UNACKNOWLEDGED if reason == "delivery_limit" else reason


def _copy(incoming: AbstractIncomingMessage, headers: dict[str, Any]) -> AbstractMessage:
    kept = {
        name: value
        for name, value in incoming.headers.items()
        if name not in OURS | BROKERS and not name.startswith(BROKERS_PREFIXES)
    }
    return aio_pika.Message(
        incoming.body,
        headers=kept | headers,
        content_type=incoming.content_type,
        content_encoding=incoming.content_encoding,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=incoming.message_id or new_id(),
        correlation_id=incoming.correlation_id,
        timestamp=incoming.timestamp,
        type=incoming.type,
        app_id=incoming.app_id,
    )
