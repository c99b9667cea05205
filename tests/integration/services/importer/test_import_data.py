"""Data of exported ZIPs taken back: exactly, planned first, all or nothing, and what was there before is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import Decimal128, Int64, ObjectId
from bson.raw_bson import RawBSONDocument

from libs.common.database.client import Database
from libs.common.events.import_data import CollectionPlan, DataPlan
from libs.common.jobs.model import Job, JobState
from tests.integration.services.importer.bench import Bench, codes, plan_of
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.uploads import experiment, zipped

START = datetime(2024, 5, 1, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"_id": ObjectId(), "experiment_id": "click", "n": Int64(7), "at": START},
    {"_id": "text", "experiment_id": "click", "price": Decimal128("1.50"), "a.b": {"$c": [None, 1.0]}},
    {"_id": 3, "experiment_id": "click"},
]


async def fill(database: Database) -> None:
    """A collection of each form."""
    await database["click_rows"].insert_many(ROWS)
    await database["click_rows"].create_index([("n", 1)], name="own")
    await database.create_collection("click_capped", capped=True, size=8192)
    await database["click_capped"].insert_many([{"_id": n} for n in (3, 1, 2)])
    await database.create_collection("click_series", timeseries={"timeField": "at", "metaField": "m"})
    await database["click_series"].create_index([("v", 1)], name="own")
    await database["click_series"].insert_many(
        [{"at": START + timedelta(hours=n), "m": n % 3, "v": n} for n in range(30)]
    )
    await database.create_collection("click_view", viewOn="click_rows", pipeline=[{"$match": {"n": 7}}])
    await database.create_collection("click_empty", validator={"n": {"$type": "int"}})


async def raw_documents(database: Database, name: str) -> list[bytes]:
    """The server mixes the fields of a time series as it likes."""
    if "timeseries" in await database[name].options():
        return [bson.encode(dict(sorted(document.items()))) async for document in database[name].find()]
    raw = database[name].with_options(codec_options=bson.CodecOptions(document_class=RawBSONDocument))
    return [bytes(document.raw) async for document in raw.find()]


async def everything(database: Database, slug: str = "click") -> dict[str, Any]:
    """Documents and options of all collections of a slug; only capped ones keep an order of their own."""
    found: dict[str, Any] = {}
    for name in await database.list_collection_names(filter={"name": {"$regex": f"^{slug}_"}}):
        documents, options = await raw_documents(database, name), await database[name].options()
        found[name] = (documents if options.get("capped") else sorted(documents), options)
    return found


async def asides(database: Database) -> list[str]:
    return await database.list_collection_names(filter={"name": {"$regex": "^_"}})


def data_plan(job: Job) -> DataPlan:
    assert job.error is None, job.error.problems
    data = plan_of(job).data
    assert data is not None
    return data


def numbers(plan: CollectionPlan) -> tuple[int, ...]:
    return plan.documents, plan.present, plan.insert, plan.change, plan.remove


@pytest.fixture
async def exported(bench: Bench, tmp_path: Path) -> bytes:
    """The ZIP of a registered experiment with data of every form."""
    await bench.run(zipped(experiment()))
    await fill(bench.parts.database)
    return standalone(experiment(), await data_files(bench.parts.database, "click", tmp_path))


async def spoil(database: Database) -> None:
    """Change everything."""
    await database["click_rows"].delete_one({"_id": "text"})
    await database["click_rows"].update_one({"_id": 3}, {"$set": {"new": True}})
    await database["click_rows"].insert_one({"_id": "later"})
    await database["click_series"].delete_many({"m": 1})
    await database.drop_collection("click_capped")
    await database.drop_collection("click_view")
    await database["click_later"].insert_many([{}, {}])


async def test_skip_is_the_default(bench: Bench, exported: bytes) -> None:
    await spoil(bench.parts.database)
    before = await everything(bench.parts.database)
    job = await bench.run(exported)
    assert plan_of(job).data is None
    assert await everything(bench.parts.database) == before


async def test_replace_brings_all_back(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    before = await everything(database)
    await spoil(database)
    spoilt = await everything(database)

    job = await bench.run(exported, with_data="replace")

    assert await everything(database) == before
    assert {each.name: numbers(each) for each in data_plan(job).collections} == {
        "click_capped": (3, 0, 3, 0, 0),
        "click_empty": (0, 0, 0, 0, 0),
        "click_later": (0, 2, 0, 0, 2),
        "click_rows": (3, 3, 1, 1, 1),
        "click_series": (30, 20, 30, 0, 20),
        "click_view": (0, 0, 0, 0, 0),
    }
    for name in ("click_rows", "click_series"):
        assert "own" in await database[name].index_information()
    assert job.result is not None
    assert (job.result["revision"], plan_of(job).action) == (1, "unchanged")
    kept = job.result["kept_data"]
    assert set(kept["collections"]) == set(spoilt)
    assert len(await asides(database)) == 4


async def test_merge_keeps_what_only_the_database_has(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    await spoil(database)

    job = await bench.run(exported, with_data="merge")

    plans = {each.name: numbers(each) for each in data_plan(job).collections}
    found = {row["_id"]: row async for row in database["click_rows"].find()}
    assert set(found) == {"later", *(row["_id"] for row in ROWS)}
    assert found[3] == ROWS[2]
    assert await database["click_later"].count_documents({}) == 2
    assert await database["click_series"].count_documents({}) == 30
    assert plans["click_rows"] == (3, 3, 1, 1, 0)
    assert plans["click_series"] == (30, 20, 10, 20, 0)
    assert "click_later" not in plans


async def test_a_dry_run_tells_the_same_and_changes_nothing(bench: Bench, exported: bytes) -> None:
    await spoil(bench.parts.database)
    before = await everything(bench.parts.database)

    planned = await bench.run(exported, with_data="replace", dry_run=True)

    assert await everything(bench.parts.database) == before
    assert await asides(bench.parts.database) == []
    digest = plan_of(planned).plan_digest
    done = await bench.run(exported, with_data="replace", plan_digest=digest)
    assert data_plan(done) == data_plan(planned)


async def test_under_another_slug_data_get_its_name(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    job = await bench.run(exported, slug="clack", with_data="replace")
    assert {each.name: each.named_before for each in data_plan(job).collections} == {
        f"clack_{name}": f"click_{name}" for name in ("capped", "empty", "rows", "series", "view")
    }
    assert await database["clack_rows"].distinct("experiment_id") == ["clack"]
    assert (await database["clack_view"].options())["viewOn"] == "clack_rows"
    assert await database["clack_view"].count_documents({}) == 1
    assert await database["click_rows"].distinct("experiment_id") == ["click"]


async def test_an_upload_without_data_is_refused(bench: Bench) -> None:
    job = await bench.run(zipped(experiment()), with_data="merge")
    assert job.state is JobState.FAILED
    assert codes(job) == ["no-data"]
