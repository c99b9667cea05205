"""Streams and webhooks through restarts of the broker: in order, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from libs.common.bus import Bus, BusUnavailable
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.events.envelope import Message
from libs.common.parts import Parts
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import serve, until
from tests.integration.services.gateway.webhooks.endpoint import Endpoint
from tests.integration.services.gateway.webhooks.endpoint import listening as endpoint_listening
from tests.servers.binaries import free_port
from tests.servers.rabbitmq import RabbitmqNode, start_again, wait_until_ready

from .ear import Ear, listening
from .test_streams import told

SECONDS = 180
"""A broker is back after 10 s on an idle machine, after a minute on a busy one."""
PART = 20
"""Events around each restart: half are confirmed before it and not waited for, half are told while it is away."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(amqp_url, service="gateway")
    yield bus
    await bus.close()


async def publish(bus: Bus, events: list[Message]) -> None:
    """As an outbox does: in order, until the broker has taken each."""
    async with asyncio.timeout(SECONDS):
        for event in events:
            while True:
                try:
                    await bus.publish(event)
                    break
                except BusUnavailable:
                    await asyncio.sleep(0.1)


Step = Callable[[], Awaitable[None]]


async def through(bus: Bus, events: list[Message], *, down: Step, back: Step) -> None:
    await publish(bus, events[: PART // 2])
    await down()
    waiting = asyncio.create_task(publish(bus, events[PART // 2 :]))
    await back()
    await waiting


async def arrived(ear: Ear, endpoint: Endpoint, count: int) -> None:
    async def all_taken() -> bool:
        return len(endpoint.received) >= count

    await asyncio.wait_for(ear.hears(count), SECONDS)
    await until(all_taken, seconds=SECONDS)


async def test_both_go_on_after_a_restart_and_after_a_crash(
    parts: Parts, bus: Bus, make_settings: MakeSettings, rabbitmq_node: RabbitmqNode
) -> None:
    """The crash comes second: on RabbitMQ 3.10 a quorum queue that was declared moments before a kill stays stuck
    afterwards, and one that a regular stop has seen does not.
    """

    async def stop() -> None:
        await asyncio.to_thread(rabbitmq_node.ctl, "stop_app")

    async def start() -> None:
        await asyncio.to_thread(rabbitmq_node.ctl, "start_app")
        await asyncio.to_thread(wait_until_ready, rabbitmq_node)

    async def crash() -> None:
        await asyncio.to_thread(rabbitmq_node.kill)

    async def launch() -> None:
        await start_again(rabbitmq_node)

    settings = make_settings(port=free_port(), webhook_private_targets=True)
    events = [told(number) for number in range(3 * PART)]
    async with endpoint_listening() as endpoint, serve(replace(parts, bus=bus, settings=settings)) as gateway:
        async with gateway.http.post("/api/webhooks", json={"url": endpoint.url}) as response:
            endpoint.secret = (await response.json())["secret"]
        async with listening(gateway.http) as ear:
            await publish(bus, events[:PART])
            await arrived(ear, endpoint, PART)

            await through(bus, events[PART : 2 * PART], down=stop, back=start)
            await arrived(ear, endpoint, 2 * PART)
            await through(bus, events[2 * PART :], down=crash, back=launch)
            await arrived(ear, endpoint, 3 * PART)

    expected = [event.id for event in events]
    assert ear.event_ids == expected
    assert endpoint.event_ids == expected
