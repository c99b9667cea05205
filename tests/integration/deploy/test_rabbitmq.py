"""`deploy/rabbitmq/prepare.py` on a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aio_pika
import pytest
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from deploy.rabbitmq.prepare import DEFINITIONS, SERVICES, Broker, prepare
from libs.common.bus.topology import COMMANDS_EXCHANGE, QUEUES
from tests.servers.rabbitmq import RabbitmqNode

PASSWORD = "of the services"


@pytest.fixture(scope="module")
def prepared(rabbitmq_node: RabbitmqNode) -> Iterator[RabbitmqNode]:
    """The node's own virtual host, which no other test uses, as the definitions name it."""
    management = rabbitmq_node.management
    address, user, password = management._url, *_credentials(rabbitmq_node.amqp_url)
    definitions: dict[str, Any] = json.loads(DEFINITIONS.read_text())
    for _ in range(2):  # as each start of the stack does
        prepare(Broker(address, user, password), definitions, PASSWORD)
    yield rabbitmq_node
    management.call("DELETE", f"/users/{SERVICES}")
    for queue in definitions["queues"]:
        management.call("DELETE", f"/queues/%2F/{queue['name']}")
    for exchange in definitions["exchanges"]:
        management.call("DELETE", f"/exchanges/%2F/{exchange['name']}")


def _credentials(amqp_url: str) -> tuple[str, str]:
    user, _, password = amqp_url.removeprefix("amqp://").partition("@")[0].partition(":")
    return user, password


def _as_services(node: RabbitmqNode, password: str) -> str:
    return f"amqp://{SERVICES}:{password.replace(' ', '%20')}@{node.amqp_url.partition('@')[2]}/"


async def test_services_find_exchanges_and_queues(prepared: RabbitmqNode) -> None:
    async with await aio_pika.connect(_as_services(prepared, PASSWORD)) as connection:
        channel = await connection.channel()
        await channel.get_exchange(COMMANDS_EXCHANGE)
        for name in QUEUES:
            await channel.declare_queue(name, passive=True)


async def test_nobody_comes_in_by_another_password(prepared: RabbitmqNode) -> None:
    with pytest.raises(CONNECTION_EXCEPTIONS):
        await aio_pika.connect(_as_services(prepared, "guess"))


def test_services_administer_nothing(prepared: RabbitmqNode) -> None:
    user = prepared.management.call("GET", f"/users/{SERVICES}")
    assert user["tags"] in ("", [])
    [rights] = prepared.management.call("GET", f"/users/{SERVICES}/permissions")
    assert rights["vhost"] == "/"
