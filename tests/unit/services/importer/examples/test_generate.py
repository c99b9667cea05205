"""The examples' data: the same everywhere, of every type, and fit for each other."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import bson
import pytest
from bson import Binary, Decimal128, Int64, ObjectId

from services.importer.examples import sensor_log
from services.importer.examples.generate import GENERATORS, generate
from services.importer.examples.seeded import Document, object_id

EXPORT_LIMIT = 10_000

DIGESTS = {
    "click": "5f34b8366a8a8debf6a263f37c666194944de172608ebcd8f7dcfe70f64c379f",
    "click_tracker": "96917798f559f9030629734b8d27c4ee5e3fb473bc4bc590c9950cdbbae694d1",
    "event_board": "415c73538c7b70823e5f9123359183e087f7f23ca7d4eeec74b8ca70b0c3809d",
    "sensor_log": "78b69220288014db28585128cd07af383602f4543cc27a6d41c6040431c5a9a2",
    "store-front": "74d070b2e79474b8c41e55168861495c96c3028265cdb9d839f735f25839fb08",
}
"""SHA-256 over names and BSON of all documents. A change here changes what every demonstration exports."""


def everything() -> Iterator[tuple[str, str, Document]]:
    for slug in GENERATORS:
        for name, documents in generate(slug).items():
            for document in documents:
                yield slug, name, document


def flat(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for inner in value.values():
                yield from flat(inner)
        case list():
            for inner in value:
                yield from flat(inner)
        case _:
            yield value


@pytest.mark.parametrize("slug", sorted(GENERATORS))
def test_data_are_the_same_in_every_place_and_year(slug: str) -> None:
    digest = hashlib.sha256()
    for name, documents in generate(slug).items():
        digest.update(name.encode())
        for document in documents:
            digest.update(bson.encode(document))
    assert digest.hexdigest() == DIGESTS[slug]


def test_every_document_is_stamped_and_has_its_own_id() -> None:
    seen: dict[str, set[Any]] = {}
    for slug, name, document in everything():
        assert name.startswith(f"{slug}_")
        assert document["experiment_id"] == slug
        ids = seen.setdefault(name, set())
        assert document["_id"] not in ids
        ids.add(document["_id"])


def test_unknown_slug_has_no_data() -> None:
    assert generate("click_track") == {}


def test_every_type_that_an_export_must_keep_is_there() -> None:
    types = {type(value) for _, _, document in everything() for value in flat(document)}
    assert {ObjectId, datetime, Decimal128, Binary, Int64, float, int, str, type(None)} <= types
    subtypes = {v.subtype for _, _, document in everything() for v in flat(document) if isinstance(v, Binary)}
    assert len(subtypes) > 1
    assert any(
        isinstance(v, float) and math.isnan(v) for _, _, document in everything() for v in flat(document)
    )


def test_readings_exceed_the_export_limit_and_are_made_as_they_are_read() -> None:
    assert sensor_log.READINGS > EXPORT_LIMIT
    readings = iter(generate("sensor_log")["sensor_log_readings"])
    first = list(islice(readings, 3))
    assert [reading["sequence"] for reading in first] == [2**32, 2**32 + 1, 2**32 + 2]
    assert sum(1 for _ in readings) == sensor_log.READINGS - 3


def test_references_lead_somewhere() -> None:
    data = {name: list(docs) for slug in GENERATORS for name, docs in generate(slug).items()}

    def ids(name: str) -> set[Any]:
        return {document["_id"] for document in data[name]}

    def references(name: str, field: str) -> set[Any]:
        return {document[field] for document in data[name]}

    assert references("store-front_products", "store_id") == ids("store-front_stores")
    assert references("store-front_orders", "customer_id") <= ids("store-front_customers")
    lines = {line["product_id"] for order in data["store-front_orders"] for line in order["lines"]}
    assert lines <= ids("store-front_products")
    assert references("sensor_log_readings", "station") == ids("sensor_log_stations")
    assert references("sensor_log_alerts", "reading_id") <= ids("sensor_log_readings")
    assert references("event_board_posts", "event_id") == ids("event_board_events")
    assert references("event_board_attachments", "event_id") <= ids("event_board_events")
    assert references("click_clicks", "button") == ids("click_buttons")


def test_nothing_expires_while_anybody_looks() -> None:
    for _, name, document in everything():
        if "expires_at" in document:
            assert document["expires_at"] > datetime(2090, 1, 1, tzinfo=UTC), name


def test_orders_add_up_exactly() -> None:
    for order in generate("store-front")["store-front_orders"]:
        total = sum(line["price"].to_decimal() * line["quantity"] for line in order["lines"])
        assert order["total"] == Decimal128(total)


def test_ids_rise_with_time_and_number() -> None:
    first, later = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
    ids = [object_id("x", first, 1), object_id("x", first, 2), object_id("x", later, 0)]
    assert ids == sorted(ids)
    assert ids[0].generation_time == first
    assert object_id("y", first, 1) != ids[0]
