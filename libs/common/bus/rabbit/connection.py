"""Connections that come back, and a deadline on whatever is asked of the broker."""

from __future__ import annotations

import asyncio
from types import TracebackType

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractRobustConnection

from libs.common.bus import BusUnavailable
from libs.common.errors import EntrepotError

REPLY_SECONDS = 10.0
"""The broker answers within milliseconds; a quorum queue elects a leader within 5 s."""
RECONNECT_SECONDS = 1.0
HEARTBEAT_SECONDS = 20
"""A silent connection is dead after two of these."""


async def connect(amqp_url: str, name: str) -> AbstractRobustConnection:
    """Raises: BusUnavailable, without the address's credentials."""
    async with reaching():
        return await aio_pika.connect_robust(
            amqp_url,
            client_properties={"connection_name": name},
            heartbeat=HEARTBEAT_SECONDS,
            reconnect_interval=RECONNECT_SECONDS,
            timeout=REPLY_SECONDS,
        )


async def open_channel(
    connection: AbstractRobustConnection, *, publisher_confirms: bool = False
) -> AbstractChannel:
    """A plain channel, which ends with the connection it was opened on. Raises: BusUnavailable."""
    async with reaching():
        await connection.ready()
        channel = aio_pika.Channel(connection, publisher_confirms=publisher_confirms)
        await channel.initialize()
        return channel


class reaching:  # noqa: N801  reads as the phrase it is: async with reaching()
    """Turn a missed deadline and every way in which a connection is lost into BusUnavailable.

    A class, for a generator-based context manager costs a tenth of the throughput here.
    """

    def __init__(self, seconds: float = REPLY_SECONDS) -> None:
        self._deadline = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._deadline.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._deadline.__aexit__(kind, error, traceback)
        except TimeoutError as late:
            raise _unavailable(late) from late
        if error is None or isinstance(error, EntrepotError):
            return
        if isinstance(error, asyncio.CancelledError):
            # aiormq cancels what waits on a connection that was lost; only another's wish to stop us is passed on.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                return
        elif not isinstance(error, Exception):
            return
        # aiormq also rejects waiting calls with a bare Exception, so no narrower class would do.
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> BusUnavailable:
    return BusUnavailable(f"The message broker cannot be reached: {type(error).__name__}")
