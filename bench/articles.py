"""Documents to export: about 0.93 KB each, with ids, dates, nested documents, lists of changing length and text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from bson import Int64, ObjectId
from pymongo import InsertOne
from pymongo.database import Database

COLLECTIONS: Final = ("articles", "drafts", "letters", "notes", "reports")
BATCH: Final = 1_000
FIRST_DAY: Final = datetime(2024, 1, 1)  # noqa: DTZ001  (as the driver gives dates)
WORDS: Final = (
    "shift", "night", "plan", "week", "team", "early", "late", "break", "swap", "rest", "station", "holiday",
    "request", "coverage", "preference", "contract", "overtime", "weekend", "fairness", "sickness",
)  # fmt: skip
CITIES: Final = ("Köln", "Berlin", "Wien", "Zürich", "Hamburg", "Leipzig")


def fill(database: Database[dict[str, Any]], slug: str, documents: int, names: tuple[str, ...]) -> int:
    """Write so many documents to each named collection of an experiment; their average size in bytes."""
    for number, name in enumerate(names):
        made = articles(slug, documents, seed=number)
        while batch := list(islice(made, BATCH)):
            database[f"{slug}_{name}"].bulk_write([InsertOne(each) for each in batch], ordered=False)
    stats = database.command("collStats", f"{slug}_{names[0]}")
    return int(stats["avgObjSize"])


def copy(database: Database[dict[str, Any]], slug: str, to: str, names: tuple[str, ...]) -> None:
    """The same documents for another experiment, made by the server."""
    for name in names:
        stages: list[dict[str, Any]] = [{"$set": {"experiment_id": to}}, {"$out": f"{to}_{name}"}]
        database[f"{slug}_{name}"].aggregate(stages)


def articles(slug: str, documents: int, *, seed: int) -> Iterator[dict[str, Any]]:
    lot = random.Random(seed)
    for number in range(documents):
        yield {
            "_id": _id(lot),
            "experiment_id": slug,
            "author_id": _id(lot),
            "created_at": _date(lot),
            "updated_at": _date(lot),
            "title": _text(lot, 6),
            "status": lot.choice(("draft", "published", "archived")),
            "number": number,
            "views": Int64(lot.getrandbits(34)),
            "score": lot.random() * 100,
            "is_pinned": lot.random() < 0.1,
            "reviewed_at": None,
            "place": {
                "city": lot.choice(CITIES),
                "zip": str(lot.randrange(10**5)),
                "at": [7.1, lot.random() + 50],
            },
            "tags": [lot.choice(WORDS) for _ in range(lot.randrange(5))],
            "related": [_id(lot) for _ in range(lot.randrange(4))],
            "comments": [
                {"by": _id(lot), "at": _date(lot), "text": _text(lot, 8)} for _ in range(lot.randrange(3))
            ],
            "text": _text(lot, 56),
        }


def _id(lot: random.Random) -> ObjectId:
    return ObjectId(lot.randbytes(12))


def _date(lot: random.Random) -> datetime:
    return FIRST_DAY + timedelta(milliseconds=lot.randrange(60 * 10**9))


def _text(lot: random.Random, words: int) -> str:
    return " ".join(lot.choices(WORDS, k=words))
