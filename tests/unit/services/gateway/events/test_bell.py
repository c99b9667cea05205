from __future__ import annotations

import asyncio

import pytest

from services.gateway.events.bell import AT_A_TIME, Bell

WAITING = 10 * AT_A_TIME


async def waiters(bell: Bell, woken: list[int]) -> list[asyncio.Task[None]]:
    async def wait(number: int) -> None:
        await bell.wait()
        woken.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(WAITING)]
    await asyncio.sleep(0)
    return tasks


async def test_everybody_is_woken_in_order_and_others_have_their_turn_in_between() -> None:
    bell, woken = Bell(), list[int]()
    tasks = await waiters(bell, woken)
    seen = list[int]()
    bell.ring()
    while not seen or seen[-1] < WAITING:
        await asyncio.sleep(0)
        seen.append(len(woken))

    await asyncio.gather(*tasks)
    assert woken == list(range(WAITING))
    assert max(after - before for before, after in zip([0, *seen], seen, strict=False)) <= 2 * AT_A_TIME


async def test_who_has_gone_is_not_woken_and_holds_nobody_up() -> None:
    bell, woken = Bell(), list[int]()
    tasks = await waiters(bell, woken)
    tasks[0].cancel()
    bell.ring()
    await asyncio.gather(*tasks[1:])

    assert woken == list(range(1, WAITING))


async def test_who_comes_after_it_rang_waits_for_the_next_time() -> None:
    bell = Bell()
    bell.ring()
    late = asyncio.create_task(bell.wait())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await asyncio.shield(late)
    bell.ring()
    await late
