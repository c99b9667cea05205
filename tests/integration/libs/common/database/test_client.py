from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database, DatabaseUnavailable, Session, check, connect, in_transaction


async def test_a_reachable_database_passes_the_check(database: Database) -> None:
    await check(database)


async def test_an_unreachable_database_is_reported_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("libs.common.database.client.SELECTION_TIMEOUT_MS", 50)
    database = connect("mongodb://user:secret@127.0.0.1:1/", "x")
    try:
        with pytest.raises(DatabaseUnavailable) as raised:
            await check(database)
    finally:
        database.client.close()
    assert "secret" not in str(raised.value)


async def test_times_come_back_aware_in_utc(database: Database) -> None:
    moment = datetime(2024, 2, 29, 12, 30, 0, 123000, tzinfo=UTC)
    await database["times"].insert_one({"_id": 1, "at": moment})
    stored = await database["times"].find_one({"_id": 1})
    assert stored is not None
    assert stored["at"] == moment
    assert stored["at"].utcoffset() is not None


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    await database.create_collection("rows")
    await database["rows"].insert_one({"_id": 2})

    async def work(session: Session) -> None:
        await database["rows"].insert_one({"_id": 1}, session=session)
        await database["rows"].insert_one({"_id": 2}, session=session)

    with pytest.raises(DuplicateKeyError):
        await in_transaction(database, work)
    assert await database["rows"].count_documents({}) == 1


async def test_a_transaction_returns_what_its_work_returns(database: Database) -> None:
    await database.create_collection("rows")

    async def work(session: Session) -> int:
        await database["rows"].insert_one({"_id": 1}, session=session)
        return 7

    assert await in_transaction(database, work) == 7
    assert await database["rows"].count_documents({}) == 1


async def test_change_streams_report_writes(database: Database) -> None:
    await database.create_collection("rows")
    async with database["rows"].watch(max_await_time_ms=1000) as stream:
        await database["rows"].insert_one({"_id": "seen"})
        change = await anext(stream)
    assert change["documentKey"] == {"_id": "seen"}
