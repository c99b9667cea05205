"""A consumer as a process of its own: `amqp://…` or `mongodb://…`, database name, queue, and whether to hang.

Writes a line for each delivery; ends when its input does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.bus import Bus
from libs.common.bus.embedded import open_embedded_bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.database.client import connect
from libs.common.events.envelope import Message
from libs.common.logs import configure_logs
from libs.common.settings import Settings


@asynccontextmanager
async def opened_bus(address: str, name: str) -> AsyncIterator[Bus]:
    bus: Bus
    if address.startswith("amqp"):
        bus = await open_rabbit_bus(address, service="child")
        yield bus
        await bus.close()
        return
    database = connect(address, name)
    # A lease that a test can wait for.
    bus = await open_embedded_bus(database, service="child", lease_seconds=1, poll_seconds=0.2)
    yield bus
    await bus.close()
    database.client.close()


async def main(address: str, name: str, queue: str, mode: str) -> None:
    async def handle(message: Message) -> None:
        sys.stdout.write(f"{message.id}\n")
        sys.stdout.flush()
        if mode == "hang":
            await asyncio.Event().wait()

    async with opened_bus(address, name) as bus, bus.consume(queue, handle, slots=1):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    configure_logs(Settings(), service="child")  # to standard error
    asyncio.run(main(*sys.argv[1:]))
