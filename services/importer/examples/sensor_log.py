"""Twelve stations that sent a reading every quarter of an hour; more than an export takes by default."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bson import Binary, Int64, ObjectId
from bson.binary import USER_DEFINED_SUBTYPE

from services.importer.examples.seeded import Collections, Document, chance, object_id

START: Final = datetime(2025, 6, 1, tzinfo=UTC)
EVERY: Final = timedelta(minutes=15)
READINGS: Final = 12_000
BROKEN: Final = 0.01
"""Share of readings whose temperature is not a number."""
DRY: Final = 0.005
"""Share of readings without humidity."""
ALERT_EVERY: Final = 300
"""One reading in so many raises an alert."""
FORGOTTEN: Final = datetime(2099, 1, 1, tzinfo=UTC)
"""Alerts expire by a TTL index; earlier than this, the examples would vanish one day."""

STATIONS: Final = {
    "Borkum": (6.75, 53.59),
    "Norderney": (7.15, 53.71),
    "Wangerooge": (7.90, 53.79),
    "Helgoland": (7.89, 54.18),
    "Cuxhaven": (8.70, 53.87),
    "Bremerhaven": (8.58, 53.54),
    "Brake": (8.48, 53.33),
    "Büsum": (8.86, 54.13),
    "Amrum": (8.34, 54.65),
    "List": (8.41, 55.01),
    "Husum": (9.05, 54.47),
    "Stade": (9.48, 53.60),
}


def collections() -> Collections:
    return {"stations": _stations(), "readings": _readings(), "alerts": _alerts()}


def _station(number: int) -> str:
    return f"st-{number % len(STATIONS) + 1:02d}"


def _moment(number: int) -> datetime:
    return START + number // len(STATIONS) * EVERY


def _reading_id(number: int) -> ObjectId:
    return object_id("readings", _moment(number), number)


def _stations() -> Iterator[Document]:
    random = chance("sensor_log stations")
    for number, (name, place) in enumerate(STATIONS.items()):
        yield {
            "_id": _station(number),
            "name": name,
            "location": {"type": "Point", "coordinates": list(place)},
            "height_m": round(2 + random.random() * 18, 1),
            "installed_at": datetime(2024, 10, 1 + number, tzinfo=UTC),
            "calibration": Binary(random.randbytes(8), USER_DEFINED_SUBTYPE),
        }


def _readings() -> Iterator[Document]:
    random = chance("sensor_log readings")
    for number in range(READINGS):
        at = _moment(number)
        daily = math.sin((at.hour + at.minute / 60 - 9) / 24 * 2 * math.pi)
        warmth = 16 + 6 * daily + random.random() * 4 - 2
        yield {
            "_id": _reading_id(number),
            "station": _station(number),
            "at": at,
            "temperature": float("nan") if random.random() < BROKEN else round(warmth, 2),
            "humidity": None if random.random() < DRY else round(75 - 15 * daily + random.random() * 10, 1),
            "sequence": Int64(2**32 + number),
        }


def _alerts() -> Iterator[Document]:
    for place, number in enumerate(range(ALERT_EVERY - 1, READINGS, ALERT_EVERY)):
        yield {
            "_id": object_id("alerts", _moment(number), place),
            "station": _station(number),
            "reading_id": _reading_id(number),
            "text": ("battery low", "no signal for an hour", "gust above 20 m/s")[place % 3],
            "raised_at": _moment(number),
            "expires_at": FORGOTTEN + timedelta(days=place),
        }
