from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from libs.common.threads import ahead, in_thread, iterate


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


async def test_the_next_item_is_made_while_one_is_used() -> None:
    made = [threading.Event() for _ in range(3)]

    def numbers() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    async with aclosing(ahead(numbers())) as items:
        async for item in items:
            for event in made[: item + 2]:
                assert await asyncio.to_thread(event.wait, 10)
            assert not any(event.is_set() for event in made[item + 2 :])


async def test_closing_ends_the_work_ahead() -> None:
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def numbers() -> Iterator[int]:
        yield 1
        begun.set()
        go.wait(10)
        ended.set()
        yield 2

    items = ahead(numbers())
    assert await anext(items) == 1
    await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.create_task(items.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    go.set()
    await closing
    assert ended.is_set()


async def test_an_error_ahead_comes_in_its_turn() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("disk")

    items = ahead(broken())
    assert await anext(items) == 1
    with pytest.raises(OSError, match="disk"):
        await anext(items)
