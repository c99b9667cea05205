"""Listens to Entrepot's events by AMQP: `python examples/subscriber.py amqp://subscriber:PASSWORD@HOST/ 'export.*'`.

Needs `pip install aio-pika`. One event a line is printed; what was printed is acknowledged, so that after a crash the
rest comes again. The queue is durable: it collects while nobody listens.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import OrderedDict
from collections.abc import Sequence

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

EXCHANGE = "entrepot.events"
QUEUE = "subscriber.example"
REMEMBERED = 10_000
"""Ids that are kept to know an event that is delivered again."""


async def listen(amqp_url: str, patterns: Sequence[str]) -> None:
    """For ever; connections that are lost are made anew."""
    seen: OrderedDict[str, None] = OrderedDict()
    connection = await aio_pika.connect_robust(amqp_url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=20)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        for pattern in patterns:
            await queue.bind(EXCHANGE, pattern)
        async with queue.iterator() as messages:
            async for message in messages:
                event_id = str(message.headers["ce-id"])
                if event_id not in seen:
                    show(message)
                    seen[event_id] = None
                if len(seen) > REMEMBERED:
                    seen.popitem(last=False)
                await message.ack()


def show(message: AbstractIncomingMessage) -> None:
    """Order the events of one job by `ce-sequence`, if their order matters to you."""
    line = {
        "type": message.headers["ce-type"],
        "job": message.headers.get("ce-correlationid"),
        "subject": message.headers.get("ce-subject"),
        # Too large for an event? Then ask for it there, with a token: docs/events.md.
        "dataref": message.headers.get("ce-dataref"),
        "data": json.loads(message.body or b"null"),
    }
    sys.stdout.write(f"{json.dumps(line, default=str)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2:] or ["#"]))
