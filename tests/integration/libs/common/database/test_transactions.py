"""A transaction is repeated until its outcome is known, and leaves all or nothing."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.database.client import Database, Session, in_transaction


async def test_writes_are_all_or_nothing(database: Database) -> None:
    await database.create_collection("a")

    async def broken(session: Session) -> None:
        await database["a"].insert_one({"_id": 1}, session=session)
        raise LookupError

    with pytest.raises(LookupError):
        await in_transaction(database, broken)
    assert await database["a"].count_documents({}) == 0


async def test_racing_transactions_all_take_effect(database: Database) -> None:
    await database["counter"].insert_one({"_id": 0, "n": 0})

    async def increment(session: Session) -> None:
        found = await database["counter"].find_one({"_id": 0}, session=session)
        assert found is not None
        await database["counter"].update_one({"_id": 0}, {"$set": {"n": found["n"] + 1}}, session=session)

    await asyncio.gather(*(in_transaction(database, increment) for _ in range(12)))

    assert await database["counter"].find_one() == {"_id": 0, "n": 12}


async def test_a_conflict_at_commit_is_repeated_too(database: Database) -> None:
    async def create(session: Session, name: int) -> None:
        await database["implicitly_created"].insert_one({"_id": name}, session=session)

    await asyncio.gather(
        *(in_transaction(database, lambda session, n=n: create(session, n)) for n in range(8))  # type: ignore[misc]
    )

    assert await database["implicitly_created"].count_documents({}) == 8
