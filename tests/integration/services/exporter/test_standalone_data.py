"""What a standalone application loads from a real export is what the platform's database held."""

from __future__ import annotations

import math
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import (
    Binary,
    Code,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from bson.raw_bson import RawBSONDocument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import standalone_data
import standalone_seed
from libs.common.database.client import Database, connect
from libs.common.parts import Parts
from services.exporter import convert
from services.exporter.snapshot import take_snapshot
from services.exporter.spool import Spool, read_range
from tests.integration.services.exporter.conftest import Export, Register
from tests.unit.services.exporter.bson_documents import values

EVERYTHING: dict[str, Any] = {
    "id": ObjectId(),
    "date": datetime(2024, 5, 1, 12, 0, 0, 123000, tzinfo=UTC),
    "far date": DatetimeMS(2**61),
    "decimal": Decimal128("1.500"),
    "binary": Binary(b"\x00\xff", 0),
    "salt": Binary(b"salt", 128),
    "uuid": Binary(uuid.UUID(int=7).bytes, 4),
    "old uuid": Binary(uuid.UUID(int=7).bytes, 3),
    "int": 5,
    "long": Int64(5),
    "double": 5.0,
    "numbers": [math.nan, math.inf, -math.inf, -0.0],
    "regex": Regex("^a", "i"),
    "timestamp": Timestamp(4, 2),
    "ends": [MinKey(), MaxKey()],
    "code": Code("f()"),
    "scoped": Code("f()", {"x": 1}),
    "ref": DBRef("click_clicks", ObjectId()),
    "a.b": 1,
    "$c": {"": [None, True, {"z": 1, "a": 2}]},
}


@pytest.fixture
async def empty(mongo_uri: str) -> AsyncIterator[Database]:
    """The standalone application's own database."""
    database = connect(mongo_uri, f"test_{uuid.uuid4().hex}")
    yield database
    await database.client.drop_database(database.name)
    database.client.close()


async def raw_documents(database: Database, name: str) -> list[bytes]:
    raw = database[name].with_options(codec_options=bson.CodecOptions(document_class=RawBSONDocument))
    return [bytes(document.raw) async for document in raw.find().sort("_id", 1)]


async def test_every_type_and_form_comes_back(
    register: Register, export: Export, parts: Parts, empty: Database, tmp_path: Path
) -> None:
    await register("click")
    source = parts.database
    await source["click_clicks"].insert_many([{"_id": n, **EVERYTHING} for n in range(3)])
    await source["click_numbers"].insert_many([{"_id": key} for key in (1, 2.5, "x", ObjectId())])
    await source.create_collection("click_empty", validator={"n": {"$type": "int"}})
    await source.create_collection("click_view", viewOn="click_clicks", pipeline=[{"$project": {"int": 1}}])
    await source.create_collection("click_series", timeseries={"timeField": "at", "metaField": "m"})
    start = datetime(2024, 5, 1, tzinfo=UTC)
    await source["click_series"].insert_many(
        [{"at": start + timedelta(hours=n), "m": n % 3} for n in range(30)]
    )
    await source.create_collection("click_capped", capped=True, size=8192)
    await source["click_capped"].insert_many([{"_id": n} for n in (3, 1, 2)])
    (await export("click")).zip.extractall(tmp_path)

    await standalone_seed.seed(empty, tmp_path)
    names = ("click_clicks", "click_numbers", "click_empty", "click_view", "click_series", "click_capped")
    for name in names:
        assert await raw_documents(empty, name) == await raw_documents(source, name), name
        assert await empty[name].options() == await source[name].options(), name
    assert [document["_id"] async for document in empty["click_capped"].find()] == [3, 1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b", "$c", "d.e", ""]), values, max_size=4), max_size=4)
)
async def test_any_document_comes_back(
    database: Database, empty: Database, tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    await database.drop_collection("any_rows")
    await empty.client.drop_database(empty.name)
    # The server sets empty timestamps at a document's top level itself, and refuses dates that it cannot keep.
    documents = [{"_id": number, "v": row} for number, row in enumerate(rows)]
    if documents:
        await database["any_rows"].insert_many(documents)
    with Spool(2**20, tmp_path) as spool, spool.sibling() as types:
        taken = await take_snapshot(database, "any", spool, limit=10)
        (tmp_path / "db_collections.json").write_bytes(
            b"".join(convert.convert(taken.sections, spool, types))
        )
        (tmp_path / "db_types.json").write_bytes(b"".join(read_range(types.fileno(), 0, types.size)))
    await standalone_seed.seed(empty, tmp_path)
    assert await raw_documents(empty, "any_rows") == await raw_documents(database, "any_rows")


@pytest.fixture
async def exported(register: Register, export: Export, parts: Parts, tmp_path: Path) -> Path:
    await register("click")
    await parts.database["click_clicks"].insert_many([{"_id": n} for n in range(5)])
    (await export("click")).zip.extractall(tmp_path)
    return tmp_path


async def test_a_restart_loads_nothing_again(exported: Path, empty: Database) -> None:
    await standalone_seed.seed(empty, exported)
    await empty["click_clicks"].delete_one({"_id": 2})
    await standalone_seed.seed(empty, exported)
    assert await empty["click_clicks"].distinct("_id") == [0, 1, 3, 4]


async def test_an_interrupted_load_begins_again(exported: Path, empty: Database) -> None:
    await empty["standalone_seed"].insert_one({"_id": "click_clicks", "state": "loading"})
    await empty["click_clicks"].insert_many([{"_id": 0}, {"_id": 1}])
    await standalone_seed.seed(empty, exported)
    assert await empty["click_clicks"].count_documents({}) == 5


async def test_documents_of_others_are_left_alone(exported: Path, empty: Database) -> None:
    await empty["click_clicks"].insert_one({"_id": "mine"})
    for _ in range(2):
        await standalone_seed.seed(empty, exported)
        assert await empty["click_clicks"].distinct("_id") == ["mine"]


async def test_batches_are_cut_by_size(
    exported: Path, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standalone_seed, "BATCH_BYTES", 20)
    await standalone_seed.seed(empty, exported)
    assert await empty["click_clicks"].count_documents({}) == 5


async def test_data_left_unread_do_not_disturb(exported: Path) -> None:
    names = [dumped.name for dumped in standalone_data.read_collections(exported)]
    assert names == ["click_clicks"]
