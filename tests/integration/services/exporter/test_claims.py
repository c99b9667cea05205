"""Claims: one at a time, in one process and over several, and none is for ever."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import EXPORT_CLAIMS
from services.exporter import claims
from services.exporter.claims import Claims


async def test_one_at_a_time_over_all_processes(database: Database) -> None:
    inside: list[int] = []
    most: list[int] = []

    async def work(held: Claims, number: int) -> None:
        async with held.hold("key"):
            inside.append(number)
            most.append(len(inside))
            await database.command("ping")
            inside.remove(number)

    replicas = [Claims(database), Claims(database)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(work(replicas[number % 2], number) for number in range(6)))
    assert most == [1] * 6


async def test_other_keys_do_not_wait(database: Database) -> None:
    held = Claims(database)
    async with asyncio.timeout(10), held.hold("one"), held.hold("other"):
        assert await database[EXPORT_CLAIMS].count_documents({}) == 2


async def test_a_claim_ends_with_an_error(database: Database) -> None:
    held = Claims(database)
    with pytest.raises(ZeroDivisionError):
        async with held.hold("key"):
            raise ZeroDivisionError
    assert await database[EXPORT_CLAIMS].count_documents({}) == 0


async def test_a_dead_processs_claim_is_taken_over(database: Database) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    await database[EXPORT_CLAIMS].insert_one({"_id": "key", "owner": "dead", "until": past})
    async with asyncio.timeout(10), Claims(database).hold("key"):
        claim = await database[EXPORT_CLAIMS].find_one({"_id": "key"})
        assert claim is not None
        assert claim["owner"] != "dead"


async def test_a_claim_is_renewed_while_it_is_held(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "RENEW_SECONDS", 0.01)
    async with Claims(database).hold("key"):
        first = await database[EXPORT_CLAIMS].find_one({"_id": "key"})
        assert first is not None
        async with asyncio.timeout(10):
            while True:
                now = await database[EXPORT_CLAIMS].find_one({"_id": "key"})
                assert now is not None
                if now["until"] > first["until"]:
                    break
