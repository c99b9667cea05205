"""Generations from their first row to the sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.database.client import Database, Session, in_transaction
from libs.common.database.collections import BENCHMARK_GENERATIONS, BENCHMARK_ROSTERS
from services.benchmarks.store.generations import BATCH_ROWS, GenerationGone, Generations
from services.benchmarks.store.numbers import Numbered, Numbers

NEVER = timedelta(days=1)
AT_ONCE = timedelta(0)


async def rows(database: Database, generation: str) -> int:
    return await database[BENCHMARK_ROSTERS].count_documents({"generation": generation})


async def switch(database: Database, new: list[str], old: list[str]) -> None:
    async def work(session: Session) -> None:
        await Generations(database).switch(new, old, session)

    await in_transaction(database, work)


async def make_old(database: Database, generation: str) -> None:
    long_ago = {"$set": {"since": datetime.fromtimestamp(0, UTC)}}
    await database[BENCHMARK_GENERATIONS].update_one({"_id": generation}, long_ago)


@pytest.fixture
async def written(store: Database) -> str:
    generation = await Generations(store).start()
    await Generations(store).add(generation, BENCHMARK_ROSTERS, [{"employee": 1}, {"employee": 2}])
    return generation


async def test_many_rows_keep_their_order(store: Database) -> None:
    generations = Generations(store)
    name = await generations.start()
    await generations.add(
        name, BENCHMARK_ROSTERS, [{"employee": number} for number in range(2 * BATCH_ROWS + 1)]
    )
    found = store[BENCHMARK_ROSTERS].find({"generation": name}).sort("position", 1)
    assert [row["employee"] async for row in found] == list(range(2 * BATCH_ROWS + 1))


async def test_a_sweep_spares_what_is_written_just_now(store: Database, written: str) -> None:
    assert await Generations(store).sweep(abandoned_after=NEVER) == 0
    assert await rows(store, written) == 2


async def test_a_sweep_removes_what_its_writer_abandoned(store: Database, written: str) -> None:
    assert await Generations(store).sweep(abandoned_after=AT_ONCE) == 1
    assert await rows(store, written) == 0


async def test_a_live_generation_is_never_swept(store: Database, written: str) -> None:
    await switch(store, [written], [])
    await make_old(store, written)
    assert await Generations(store).sweep(abandoned_after=AT_ONCE) == 0
    assert await rows(store, written) == 2


async def test_a_retired_generation_stays_for_its_readers_then_goes(store: Database, written: str) -> None:
    await switch(store, [written], [])
    await switch(store, [], [written])
    assert await Generations(store).sweep(abandoned_after=AT_ONCE) == 0
    await make_old(store, written)
    assert await Generations(store).sweep(abandoned_after=NEVER) == 1
    assert await rows(store, written) == 0


async def test_a_writer_that_was_taken_for_dead_cannot_switch(store: Database, written: str) -> None:
    await Generations(store).sweep(abandoned_after=AT_ONCE)
    with pytest.raises(GenerationGone):
        await switch(store, [written], [])


async def test_what_was_discarded_goes_with_the_next_sweep(store: Database, written: str) -> None:
    await Generations(store).discard([written])
    assert await Generations(store).sweep(abandoned_after=NEVER) == 1


async def test_numbers_only_rise(store: Database) -> None:
    numbers = Numbers(store)
    assert list(await numbers.take(Numbered.SHIFT, 2)) == [1, 2]
    assert list(await numbers.take(Numbered.SHIFT, 0)) == []
    assert list(await numbers.take(Numbered.SHIFT, 1)) == [3]
    assert list(await numbers.take(Numbered.COMPANY, 1)) == [1]
