"""An experiment's data of every form, and what a database holds of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson import Decimal128, Int64, ObjectId
from bson.raw_bson import RawBSONDocument

from libs.common.database.client import Database

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
