"""What stands in the broker: as arguments of declarations, and as the definitions file in `deploy/`.

Command queues are quorum queues: replicated, and counting deliveries. What exceeds the count is dead-lettered at
least once, which asks for `reject-publish` (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering).
"""

from __future__ import annotations

from typing import Any, Final

from aio_pika.abc import AbstractChannel

from libs.common.bus import DELIVERY_LIMIT
from libs.common.bus.topology import (
    COMMANDS_EXCHANGE,
    DEAD_LETTER_EXCHANGE,
    DEAD_QUEUES,
    EVENTS_EXCHANGE,
    QUEUES,
    SUBSCRIPTIONS,
)

Arguments = dict[str, Any]

EXCHANGES: Final = {COMMANDS_EXCHANGE: "topic", EVENTS_EXCHANGE: "topic", DEAD_LETTER_EXCHANGE: "direct"}
UNLIMITED: Final = 1_000_000
"""Deliveries of a dead letter. RabbitMQ 4 drops it after 20 by default, and listing delivers it."""


def work_queue_arguments(dead_letter_key: str) -> Arguments:
    """The broker's limit counts deliveries after the first one."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT - 1,
        "x-dead-letter-exchange": DEAD_LETTER_EXCHANGE,
        "x-dead-letter-routing-key": dead_letter_key,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


QUEUE_ARGUMENTS: Final[dict[str, Arguments]] = {
    **{name: work_queue_arguments(name) for name in QUEUES},
    **{name: {"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED} for name in DEAD_QUEUES},
}
BINDINGS: Final = [
    *((COMMANDS_EXCHANGE, key, queue) for queue, key in QUEUES.items()),
    *((DEAD_LETTER_EXCHANGE, key, queue) for queue, key in DEAD_QUEUES.items()),
]


def subscription_arguments() -> Arguments:
    """A durable subscription's queue is as safe as a command's."""
    return work_queue_arguments(SUBSCRIPTIONS)


async def declare(channel: AbstractChannel) -> None:
    """Declare everything; on a robust channel it is declared again after each reconnect."""
    for name, kind in EXCHANGES.items():
        await channel.declare_exchange(name, kind, durable=True)
    queues = {
        name: await channel.declare_queue(name, durable=True, arguments=arguments)
        for name, arguments in QUEUE_ARGUMENTS.items()
    }
    for exchange, key, queue in BINDINGS:
        await queues[queue].bind(exchange, key)


def definitions(vhost: str = "/") -> dict[str, Any]:
    """The same in the form that `rabbitmqctl import_definitions` and `load_definitions` read."""
    durable = {"vhost": vhost, "durable": True, "auto_delete": False}
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [
            {"name": name, "type": kind, **durable, "internal": False, "arguments": {}}
            for name, kind in EXCHANGES.items()
        ],
        "queues": [
            {"name": name, **durable, "arguments": arguments} for name, arguments in QUEUE_ARGUMENTS.items()
        ],
        "bindings": [
            {
                "source": exchange,
                "vhost": vhost,
                "destination": queue,
                "destination_type": "queue",
                "routing_key": key,
                "arguments": {},
            }
            for exchange, key, queue in BINDINGS
        ],
    }
