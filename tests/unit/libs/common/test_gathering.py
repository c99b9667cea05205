from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from libs.common.gathering import Gathering


class Desk:
    """Doubles numbers, one batch at a time, when it is let."""

    def __init__(self, *, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.gathering: Gathering[int, int] = Gathering(self._double, most=most)

    async def _double(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        self.begun.set()
        await self.gate.wait()
        if 13 in items:
            raise ConnectionError("lost")
        return [ValueError(item) if item < 0 else item * 2 for item in items]

    async def ask(self, *items: int) -> list[int | BaseException]:
        """The first alone; the others while it is under way."""
        first = asyncio.create_task(self.gathering.do(items[0]))
        await self.begun.wait()
        others = [asyncio.create_task(self.gathering.do(item)) for item in items[1:]]
        await asyncio.sleep(0)  # one turn of the loop: all have asked
        self.gate.set()
        return await asyncio.gather(first, *others, return_exceptions=True)


async def test_what_comes_meanwhile_is_done_together() -> None:
    desk = Desk()

    assert await desk.ask(1, 2, 3, 4) == [2, 4, 6, 8]
    assert desk.batches == [[1], [2, 3, 4]]


async def test_a_batch_has_a_bound() -> None:
    desk = Desk(most=2)

    assert await desk.ask(1, 2, 3, 4) == [2, 4, 6, 8]
    assert desk.batches == [[1], [2, 3], [4]]


async def test_an_error_of_one_item_is_its_own() -> None:
    first, second, third = await Desk().ask(1, -2, 3)

    assert (first, third) == (2, 6)
    assert isinstance(second, ValueError)


async def test_an_error_of_the_work_is_everybodys_and_the_next_batch_goes_on() -> None:
    desk = Desk(most=2)
    results = await desk.ask(1, 13, 2, 3)

    assert results[0] == 2
    assert all(isinstance(result, ConnectionError) for result in results[1:3])
    assert results[3] == 6


async def test_who_gives_up_keeps_nobody_else_from_an_answer() -> None:
    desk = Desk()
    first = asyncio.create_task(desk.gathering.do(1))
    await desk.begun.wait()
    impatient, patient = (asyncio.create_task(desk.gathering.do(item)) for item in (2, 3))
    await asyncio.sleep(0)
    impatient.cancel()
    desk.gate.set()

    assert list(await asyncio.gather(first, patient)) == [2, 6]
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_it_rests_when_nothing_is_asked_and_begins_again() -> None:
    desk = Desk()
    desk.gate.set()

    assert await desk.gathering.do(1) == 2
    assert await desk.gathering.do(2) == 4
    assert desk.batches == [[1], [2]]
