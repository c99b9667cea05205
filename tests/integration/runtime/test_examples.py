"""The example experiments on a real MongoDB: their data load once, and their actors answer from them.

The actors run in this process, as the plain classes beneath Ray's; hosting tests run them on Ray.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest

from async_mongo_wrapper import Database
from libs.common.database.client import Database as PlatformDatabase
from services.importer.examples.generate import GENERATORS, generate
from services.importer.examples.load import load_examples


def actor_of(slug: str, mongo_uri: str, database: str, *others: str) -> Any:
    module = importlib.import_module(f"experiments.{slug}.actor")
    plain_class = module.ExperimentActor.__ray_metadata__.modified_class
    return plain_class(mongo_uri=mongo_uri, db_name=database, write_scope=slug, read_scopes=[slug, *others])


async def test_load_inserts_everything_once(database: PlatformDatabase) -> None:
    sizes = {slug: sum(len(list(docs)) for docs in generate(slug).values()) for slug in GENERATORS}
    assert await load_examples(database) == sizes
    await database["click_clicks"].delete_many({})
    assert await load_examples(database) == dict.fromkeys(GENERATORS, 0)
    assert await database["click_clicks"].count_documents({}) == 0


async def test_load_leaves_data_alone_that_is_there(database: PlatformDatabase) -> None:
    await database["click_tracker_goals"].insert_one({"_id": "mine"})
    loaded = await load_examples(database, ["click_tracker", "click"])
    assert (loaded["click_tracker"], loaded["click"] > 0) == (0, True)
    assert [goal["_id"] async for goal in database["click_tracker_goals"].find({})] == ["mine"]


async def test_two_loaders_at_once_load_once(database: PlatformDatabase) -> None:
    slugs = ["click", "store-front"]
    first, second = await asyncio.gather(load_examples(database, slugs), load_examples(database, slugs))
    for slug in slugs:
        assert min(first[slug], second[slug]) == 0
        for name, documents in generate(slug).items():
            assert await database[name].count_documents({}) == len(list(documents))


async def test_load_that_fails_leaves_nothing(
    database: PlatformDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking() -> dict[str, Any]:
        return {"first": [{"_id": 1}], "second": [{"_id": 1}, {"_id": 1}]}

    monkeypatch.setitem(GENERATORS, "click", breaking)
    with pytest.raises(Exception, match="E11000"):
        await load_examples(database, ["click"])
    assert await database["click_first"].count_documents({}) == 0


@pytest.fixture
async def loaded(database: PlatformDatabase, platform_db: Database) -> str:
    """The name of a database that holds all examples."""
    await load_examples(database.client[platform_db.name])
    return platform_db.name


async def test_click_counts(mongo_uri: str, loaded: str) -> None:
    actor = actor_of("click", mongo_uri, loaded)
    await actor.initialize()
    before = {row["button"]: row["clicks"] for row in await actor.counts()}
    assert sum(before.values()) == 2400
    assert await actor.press("plum", "v01")
    assert not await actor.press("pink", "v01")
    after = {row["button"]: row["clicks"] for row in await actor.counts()}
    assert after == {**before, "plum": before["plum"] + 1}
    assert (await actor.recent(1))[0]["button"] == "plum"


async def test_tracker_reads_clicks_and_keeps_goals(mongo_uri: str, loaded: str) -> None:
    actor = actor_of("click_tracker", mongo_uri, loaded, "click")
    trend = await actor.trend()
    assert (len(trend), sum(day["clicks"] for day in trend)) == (60, 2400)
    last_week = [day["clicks"] for day in trend[-7:]]
    assert trend[-1]["average"] == round(sum(last_week) / 7, 2)
    march = sum(click["clicked_at"].month == 3 for click in generate("click")["click_clicks"])
    assert [goal["clicks"] for goal in await actor.progress()] == [march, 2400, 2400]
    await actor.set_goal("mine", 5, "2030-01-01")
    assert [goal["name"] for goal in await actor.goals()] == sorted(
        goal["name"] for goal in await actor.goals()
    )
    assert "mine" in await actor.page()
    assert await actor.drop_goal("mine")
    stranger = actor_of("click_tracker", mongo_uri, loaded)
    assert await stranger.trend() == []


async def test_store_front_joins_sells_and_checks_passwords(mongo_uri: str, loaded: str) -> None:
    actor = actor_of("store-front", mongo_uri, loaded)
    everything = await actor.everything()
    shelf = {product["name"]: product for store in everything["stores"] for product in store["products"]}
    assert len(shelf) == 12
    assert all(order["adds_up"] for order in everything["orders"])
    lamp = await actor.product(shelf["Storm lamp"]["id"])
    assert (lamp["store"], lamp["price"], lamp["has_picture"]) == ("Ropes and Lamps", "48.00", True)
    assert await actor.product("no id") is None
    assert await actor.sign_in("ana@example.com", "wrong") is None
    token = await actor.sign_in("ana@example.com", "harbour")
    order = await actor.order(token, lamp["id"], 2)
    assert order["total"] == "96.00"
    assert (await actor.product(lamp["id"]))["stock"] == lamp["stock"] - 2
    assert await actor.order(token, lamp["id"], 99) is None


async def test_sensor_log_sees_gaps_in_every_reading(mongo_uri: str, loaded: str) -> None:
    actor = actor_of("sensor_log", mongo_uri, loaded)
    await actor.initialize()
    summary = await actor.summary()
    assert sum(row["readings"] for row in summary) == 12_000
    page, seen, gaps = await actor.page(), 0, 0
    while page:
        seen += len(page)
        gaps += sum(reading["gap"] for reading in page)
        page = await actor.page(page[-1]["id"])
    assert seen == 12_000
    assert gaps == sum(row["gaps"] for row in summary) > 0
    assert (await actor.stations())[0]["name"] == "Borkum"


async def test_event_board_keeps_threads_and_files(mongo_uri: str, loaded: str) -> None:
    actor = actor_of("event_board", mongo_uri, loaded)
    await actor.initialize()
    assert (await actor.db.settings.find_one("rules"))["text"].endswith("wash your cup.")
    events = await actor.events()
    choir = await actor.event(events[7]["id"])
    assert await actor.attachment(choir["id"], "every-byte.bin") == (
        "application/octet-stream",
        bytes(range(256)),
    )
    said = await actor.say(choir["id"], "ana", "hello")
    assert (await actor.event(choir["id"]))["posts"][-1] == said
    await actor.attach(choir["id"], "a.txt", "text/plain", b"1")
    await actor.attach(choir["id"], "a.txt", "text/plain", b"22")
    assert {"filename": "a.txt", "content_type": "text/plain", "size": 2} in (await actor.event(choir["id"]))[
        "files"
    ]
    assert await actor.cancel(choir["id"])
    assert await actor.event(choir["id"]) is None
