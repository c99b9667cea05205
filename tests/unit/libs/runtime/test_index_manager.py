"""Search indexes need Atlas, which no test has: a collection that answers as Atlas does stands in for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from pymongo.errors import OperationFailure
from pymongo.operations import SearchIndexModel

import async_mongo_wrapper
from async_mongo_wrapper import AsyncAtlasIndexManager, Collection, SearchIndexFailed, SearchUnavailable

DEFINITION = {"mappings": {"dynamic": True}}


class Atlas:
    """A collection whose search index goes through the given states, one at each look."""

    def __init__(self, *states: dict[str, Any] | None, error: OperationFailure | None = None) -> None:
        self.states = list(states)
        self.error = error
        self.created: list[SearchIndexModel] = []
        self.dropped: list[str] = []

    async def create_search_index(self, model: SearchIndexModel) -> str:
        if self.error:
            raise self.error
        self.created.append(model)
        return str(model.document["name"])

    async def drop_search_index(self, name: str) -> None:
        if self.error:
            raise self.error
        self.dropped.append(name)

    def list_search_indexes(self) -> AsyncIterator[dict[str, Any]]:
        if self.error:
            raise self.error
        return self._look(self.states.pop(0) if len(self.states) > 1 else self.states[0])

    def list_indexes(self) -> AsyncIterator[dict[str, Any]]:
        return self.list_search_indexes()

    async def _look(self, state: dict[str, Any] | None) -> AsyncIterator[dict[str, Any]]:
        yield {"name": "another", "queryable": True}
        if state is not None:
            yield {"name": "names", **state}


def manage(atlas: Atlas) -> AsyncAtlasIndexManager:
    return AsyncAtlasIndexManager(cast("Collection", atlas))


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_mongo_wrapper, "POLL_SECONDS", 0)


async def test_create_waits_until_queries_can_use_the_index() -> None:
    atlas = Atlas(None, {"status": "BUILDING", "queryable": False}, {"status": "READY", "queryable": True})
    assert await manage(atlas).create_search_index("names", DEFINITION, "vectorSearch")
    assert [model.document for model in atlas.created] == [
        {"name": "names", "type": "vectorSearch", "definition": DEFINITION}
    ]
    assert len(atlas.states) == 1


async def test_create_need_not_wait() -> None:
    atlas = Atlas({"status": "PENDING"}, {"queryable": True})
    assert await manage(atlas).create_search_index("names", DEFINITION, wait_for_ready=False)
    assert len(atlas.states) == 2


async def test_wait_ends_when_the_build_failed() -> None:
    with pytest.raises(SearchIndexFailed, match="names: too many fields"):
        await manage(Atlas({"status": "FAILED", "message": "too many fields"})).wait_for_search_index("names")


async def test_wait_ends_at_its_deadline() -> None:
    manager = manage(Atlas({"status": "BUILDING"}))
    with pytest.raises(TimeoutError):
        await manager.wait_for_search_index("names", timeout=0.01)
    with pytest.raises(TimeoutError):
        await manager.drop_search_index("names", timeout=0.01)


async def test_drop_waits_until_the_index_is_gone() -> None:
    atlas = Atlas({"status": "DELETING"}, None)
    assert await manage(atlas).drop_search_index("names")
    assert atlas.dropped == ["names"]
    assert atlas.states == [None]


async def test_drop_need_not_wait() -> None:
    atlas = Atlas({"status": "DELETING"})
    assert await manage(atlas).drop_search_index("names", wait_for_drop=False)
    assert atlas.states == [{"status": "DELETING"}]


async def test_get_finds_by_name() -> None:
    manager = manage(Atlas({"queryable": True}))
    assert await manager.get_search_index("names") == {"name": "names", "queryable": True}
    assert await manager.get_search_index("no such") is None


async def test_wait_for_an_ordinary_index_that_another_process_builds() -> None:
    manager = manage(Atlas(None, {"buildUUID": 1, "spec": {}}, {"key": {"n": 1}}))
    assert await manager.wait_for_index("names") == {"name": "names", "key": {"n": 1}}


@pytest.mark.parametrize("code", [59, 115, 31082, 40324])
async def test_server_without_search_is_told_apart(code: int) -> None:
    manager = manage(Atlas(error=OperationFailure("what?", code)))
    for call in (
        manager.create_search_index("names", DEFINITION),
        manager.get_search_index("names"),
        manager.drop_search_index("names"),
    ):
        with pytest.raises(SearchUnavailable, match="need MongoDB Atlas"):
            await call


async def test_other_failures_stay_what_they_are() -> None:
    manager = manage(Atlas(error=OperationFailure("not allowed", 13)))
    with pytest.raises(OperationFailure, match="not allowed"):
        await manager.create_search_index("names", DEFINITION)
