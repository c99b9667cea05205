"""Connections that come back, and a deadline on whatever is asked of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def reaching(seconds: float = REPLY_SECONDS) -> AsyncIterator[None]:
    """Turn a missed deadline and every way in which a connection is lost into BusUnavailable."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except EntrepotError:
        raise
    except asyncio.CancelledError as error:
        # aiormq cancels what waits on a connection that was lost; only another's wish to stop us is passed on.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _unavailable(error) from error
    except Exception as error:  # aiormq also rejects waiting calls with a bare Exception
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> BusUnavailable:
    return BusUnavailable(f"The message broker cannot be reached: {type(error).__name__}")
