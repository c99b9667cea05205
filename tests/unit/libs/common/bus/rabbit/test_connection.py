"""One error for whatever keeps us from the broker."""

from __future__ import annotations

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError

from libs.common.bus import BusUnavailable, Unroutable
from libs.common.bus.rabbit.connection import connect, reaching
from tests.servers.binaries import free_port


@pytest.mark.parametrize(
    "error", [AMQPConnectionError("lost"), OSError("reset"), RuntimeError("closed"), Exception()]
)
async def test_lost_connections_are_one_error(error: Exception) -> None:
    with pytest.raises(BusUnavailable, match=type(error).__name__):
        async with reaching():
            raise error


async def test_our_own_errors_pass() -> None:
    with pytest.raises(Unroutable):
        async with reaching():
            raise Unroutable("no queue")


async def test_missed_deadline() -> None:
    with pytest.raises(BusUnavailable, match="TimeoutError"):
        async with reaching(0.01):
            await asyncio.Event().wait()


async def test_cancellation_by_the_library_is_a_lost_connection() -> None:
    rejected = asyncio.get_running_loop().create_future()
    rejected.cancel()
    with pytest.raises(BusUnavailable):
        async with reaching():
            await rejected


async def test_cancellation_by_others_passes() -> None:
    async def wait() -> None:
        async with reaching():
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_happens_when_nothing_happens() -> None:
    async with reaching():
        pass


async def test_no_broker_at_the_address() -> None:
    with pytest.raises(BusUnavailable) as error:
        await connect(f"amqp://user:secret@127.0.0.1:{free_port()}", "test")
    assert "secret" not in str(error.value)
