from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from libs.common.threads import in_thread, iterate


async def test_results_and_errors_come_back() -> None:
    assert await in_thread(int, "f", base=16) == 15
    with pytest.raises(ValueError, match="invalid literal"):
        await in_thread(int, "x")


async def test_a_cancelled_call_has_ended_when_the_cancellation_arrives() -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(10)
        done.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_items_are_made_beside_the_loop() -> None:
    def numbers() -> Iterator[int | None]:
        assert threading.current_thread() is not threading.main_thread()
        yield 1
        yield None
        yield 0

    assert [item async for item in iterate(numbers())] == [1, None, 0]
    nothing: list[int] = []
    assert [item async for item in iterate(nothing)] == []


async def test_an_error_of_the_generator_comes_through() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("disk")

    items = iterate(broken())
    assert await anext(items) == 1
    with pytest.raises(OSError, match="disk"):
        await anext(items)
