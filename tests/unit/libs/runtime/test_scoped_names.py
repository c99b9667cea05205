"""Which collection a name means: the experiment's own, another experiment's, or none."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from async_mongo_wrapper import Database, ScopedMongoWrapper, ScopeError
from experiment_db import ExperimentDB


@pytest.fixture
def database() -> Iterator[Database]:
    """Never connected to: names are settled without a server."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient("mongodb://127.0.0.1:1", connect=False)
    yield client["names"]
    client.close()


@pytest.fixture
def click(database: Database) -> ScopedMongoWrapper:
    return ScopedMongoWrapper(database, ["click"], "click")


@pytest.fixture
def tracker(database: Database) -> ScopedMongoWrapper:
    return ScopedMongoWrapper(database, ["click_tracker", "click"], "click_tracker")


@pytest.mark.parametrize(
    ("name", "on_disk"),
    [
        ("reports", "click_tracker_reports"),
        ("click_hits", "click_hits"),
        ("clicks", "click_tracker_clicks"),
        ("click_tracker_reports", "click_tracker_click_tracker_reports"),
        ("store-front_orders", "click_tracker_store-front_orders"),
    ],
)
def test_name_on_disk(tracker: ScopedMongoWrapper, name: str, on_disk: str) -> None:
    assert tracker.get_collection(name).name == on_disk
    assert tracker[name].name == on_disk
    assert getattr(tracker, name).name == on_disk


def test_experiment_db_knows_own_names_only(tracker: ScopedMongoWrapper) -> None:
    db = ExperimentDB(tracker)
    assert db.click_hits.name == "click_tracker_click_hits"
    assert db.collection("daily.totals").name == "click_tracker_daily.totals"


def test_name_that_is_another_readable_experiments_is_refused(database: Database) -> None:
    wrapper = ScopedMongoWrapper(database, ["click", "click_tracker"], "click")
    with pytest.raises(ScopeError, match="choose another name"):
        _ = wrapper.tracker_reports
    with pytest.raises(ScopeError, match="choose another name"):
        _ = ExperimentDB(wrapper).tracker_reports


async def test_other_experiment_can_only_be_read(tracker: ScopedMongoWrapper) -> None:
    other = tracker.click_hits
    with pytest.raises(ScopeError, match="can only be read"):
        await other.insert_one({"n": 1})
    with pytest.raises(ScopeError, match="can only be read"):
        await other.delete_many({})
    with pytest.raises(ScopeError, match="can only be read"):
        await other.create_index("n")


def test_private_names_are_no_collections(click: ScopedMongoWrapper) -> None:
    for owner in (click, ExperimentDB(click)):
        with pytest.raises(AttributeError, match="_hidden"):
            _ = owner._hidden
    assert ExperimentDB(click).collection("_hidden").name == "click__hidden"


def test_collection_has_no_unlisted_methods(click: ScopedMongoWrapper) -> None:
    assert not hasattr(click.items, "drop")
    assert not hasattr(click.items, "estimated_document_count")


def test_copies_reach_the_same_collections(click: ScopedMongoWrapper) -> None:
    assert copy.copy(ExperimentDB(click)).items.name == "click_items"


def test_raw_and_database_lead_downwards(click: ScopedMongoWrapper, database: Database) -> None:
    db = ExperimentDB(click)
    assert db.raw is click
    assert db.database is database


def test_representations_name_what_they_are(click: ScopedMongoWrapper) -> None:
    assert repr(ExperimentDB(click)) == "ExperimentDB(ScopedMongoWrapper('click', reads click))"
    assert repr(click.items) == "ScopedCollection('click_items')"
