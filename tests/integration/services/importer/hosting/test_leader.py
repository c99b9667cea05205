from __future__ import annotations

import asyncio

import pytest

from libs.common.database.client import Database
from services.importer.hosting import leader
from services.importer.hosting.leader import Leadership


async def test_one_of_many_leads(database: Database) -> None:
    rivals = [Leadership(database) for _ in range(5)]
    assert sorted(await asyncio.gather(*(rival.hold() for rival in rivals))) == [False] * 4 + [True]
    [first] = [rival for rival in rivals if rival.term]
    assert await first.hold()
    assert first.term == 1


async def test_giving_up_lets_another_begin_with_a_higher_term(database: Database) -> None:
    first, second = Leadership(database), Leadership(database)
    assert await first.hold()
    assert not await second.hold()
    await first.give_up()
    assert await second.hold()
    assert (first.term, second.term) == (1, 2)
    assert not await first.hold()
    await first.give_up()  # of what it no longer has
    assert await second.hold()


async def test_a_lease_that_ran_out_is_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Leadership(database), Leadership(database)
    monkeypatch.setattr(leader, "LEASE_SECONDS", 0.0)
    assert await first.hold()
    assert await second.hold()
    assert (first.term, second.term) == (1, 2)
    assert await first.hold()
    assert first.term == 3
