"""Indexes on a real MongoDB, which has no Atlas Search."""

from __future__ import annotations

import pytest
from pymongo.errors import OperationFailure

from async_mongo_wrapper import AsyncAtlasIndexManager, Database, SearchUnavailable


@pytest.fixture
def manager(platform_db: Database) -> AsyncAtlasIndexManager:
    return AsyncAtlasIndexManager(platform_db.click_items)


async def test_ordinary_index_lives_under_the_name_given(manager: AsyncAtlasIndexManager) -> None:
    assert await manager.create_index([("b", 1), ("a", -1)], name="click_pair", unique=True) == "click_pair"
    index = await manager.wait_for_index("click_pair", timeout=10)
    assert (list(index["key"].items()), index["unique"]) == ([("b", 1), ("a", -1)], True)
    assert [entry["name"] for entry in await manager.list_indexes()] == ["_id_", "click_pair"]
    await manager.drop_index("click_pair")
    assert await manager.get_index("click_pair") is None


async def test_dropping_what_is_not_there_is_an_error(manager: AsyncAtlasIndexManager) -> None:
    await manager.create_index("a")
    with pytest.raises(OperationFailure):
        await manager.drop_index("no such")


async def test_search_indexes_are_said_to_need_atlas(manager: AsyncAtlasIndexManager) -> None:
    for call in (
        manager.create_search_index("click_v", {"fields": []}, "vectorSearch"),
        manager.get_search_index("click_v"),
        manager.wait_for_search_index("click_v", timeout=10),
        manager.drop_search_index("click_v"),
    ):
        with pytest.raises(SearchUnavailable):
            await call
