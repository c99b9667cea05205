from __future__ import annotations

import asyncio

from libs.common.database.client import Database
from libs.common.leadership import Leadership


def leadership(database: Database, *, seconds: float = 10) -> Leadership:
    return Leadership(database, "task", seconds=seconds)


async def test_one_of_many_leads(database: Database) -> None:
    rivals = [leadership(database) for _ in range(5)]
    assert sorted(await asyncio.gather(*(rival.hold() for rival in rivals))) == [False] * 4 + [True]
    [first] = [rival for rival in rivals if rival.term]
    assert await first.hold()
    assert first.term == 1


async def test_giving_up_lets_another_begin_with_a_higher_term(database: Database) -> None:
    first, second = leadership(database), leadership(database)
    assert await first.hold()
    assert not await second.hold()
    await first.give_up()
    assert await second.hold()
    assert (first.term, second.term) == (1, 2)
    assert not await first.hold()
    await first.give_up()  # of what it no longer has
    assert await second.hold()


async def test_a_lease_that_ran_out_is_taken(database: Database) -> None:
    first, second = leadership(database, seconds=0), leadership(database, seconds=0)
    assert await first.hold()
    assert await second.hold()
    assert (first.term, second.term) == (1, 2)
    assert await first.hold()
    assert first.term == 3
