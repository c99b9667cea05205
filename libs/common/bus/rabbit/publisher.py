"""Publishing: confirmed, persistent, and returned where a command would reach no queue."""

from __future__ import annotations

from aio_pika.abc import AbstractMessage, AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import DeliveryError, PublishError

from libs.common.bus import BusUnavailable, Unroutable
from libs.common.bus.rabbit import topology
from libs.common.bus.rabbit.connection import reaching
from libs.common.bus.rabbit.messages import to_amqp
from libs.common.bus.topology import COMMANDS_EXCHANGE, DEAD_LETTER_EXCHANGE, EVENTS_EXCHANGE
from libs.common.events.envelope import Message


class Publisher:
    """One channel on which any number of confirms may be outstanding."""

    def __init__(self, channel: AbstractRobustChannel) -> None:
        self._channel = channel

    @classmethod
    async def open(cls, connection: AbstractRobustConnection) -> Publisher:
        """Declares the topology too, again after each reconnect. Raises: BusUnavailable."""
        async with reaching():
            channel = connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.initialize()
            await topology.declare(channel)
            return cls(channel)

    async def publish(self, message: Message) -> None:
        """Raises: BusUnavailable, Unroutable."""
        exchange = COMMANDS_EXCHANGE if message.is_command else EVENTS_EXCHANGE
        await self._send(to_amqp(message), exchange, message.routing_key, mandatory=message.is_command)

    async def bury(self, message: AbstractMessage, key: str) -> None:
        """Put it to the dead letters of `key`. Raises: BusUnavailable, Unroutable."""
        await self._send(message, DEAD_LETTER_EXCHANGE, key, mandatory=True)

    async def put(self, message: AbstractMessage, queue: str) -> None:
        """Put it into one queue, whatever is bound. Raises: BusUnavailable, Unroutable."""
        await self._send(message, "", queue, mandatory=True)

    async def _send(self, message: AbstractMessage, exchange: str, key: str, *, mandatory: bool) -> None:
        if self._channel.is_closed:
            raise BusUnavailable("The connection to the message broker is lost; it is being restored")
        async with reaching():
            underlay = await self._channel.get_underlay_channel()
            # No wait for the socket, of which aiormq's interface does not know: we wait for the confirm anyway, and
            # the next publisher need not wait for us.
            try:
                await underlay.basic_publish(
                    message.body,
                    exchange=exchange,
                    routing_key=key,
                    properties=message.properties,
                    mandatory=mandatory,
                    wait=False,  # type: ignore[call-arg]  # see above
                )
            except PublishError as error:
                raise Unroutable(f"No queue takes `{key}`") from error
            except DeliveryError as error:
                raise BusUnavailable(f"The message broker refused `{key}`") from error
