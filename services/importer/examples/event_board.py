"""A season of events in the house, what was said about them, and a few files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bson import Binary, Int64, ObjectId

from services.importer.examples.seeded import Collections, Document, chance, object_id

FIRST: Final = datetime(2025, 9, 4, 17, 30, tzinfo=UTC)
TITLES: Final[tuple[tuple[str, str, list[str]], ...]] = (
    ("Bread, butter, and Byzantine faults", "Kitchen", ["talk", "food"]),
    ("How the tide tables are made", "Library", ["talk"]),
    ("Board games", "Lounge", ["games"]),
    ("Lightning talks: things that broke", "Hall", ["talk"]),
    ("Repair café", "Workshop", ["hands-on"]),
    ("Choir, first rehearsal", "Hall", ["music"]),
    ("Reading group: The Mezzanine", "Library", ["books"]),
    ("Soldering for the curious", "Workshop", ["hands-on"]),
    ("Winter swap meet", "Hall", []),
)
REMARKS: Final = (
    "I'll bring the tea.",
    "Is there a seat left?",
    "Running ten minutes late, start without me.",
    "Can somebody lend me a screwdriver?",
    "Great last time, count me in.",
    "Schön, ich komme auch!",
)
PEOPLE: Final = ("ana@example.com", "ben@example.com", "carla@example.com", "deniz@example.com")


def collections() -> Collections:
    return {
        "events": _events(),
        "posts": _posts(),
        "attachments": _attachments(),
        "settings": [{"_id": "rules", "text": "Be kind, be brief, wash your cup."}],
    }


def _starts_at(number: int) -> datetime:
    return FIRST + timedelta(weeks=number)


def _event_id(number: int) -> ObjectId:
    return object_id("events", FIRST - timedelta(days=30 - number), number)


def _events() -> Iterator[Document]:
    for number, (title, place, tags) in enumerate(TITLES):
        yield {
            "_id": _event_id(number),
            "title": title,
            "place": place,
            "starts_at": _starts_at(number),
            "seats": Int64(12 + 7 * number),
            "tags": tags,
        }


def _posts() -> Iterator[Document]:
    random = chance("event_board posts")
    for event in range(len(TITLES)):
        for number in range(3 + event % 4):
            at = _starts_at(event) - timedelta(hours=50 - 10 * number, seconds=int(random.random() * 3000))
            yield {
                "_id": object_id("posts", at, 100 * event + number),
                "event_id": _event_id(event),
                "author": random.choices(PEOPLE)[0],
                "text": random.choices(REMARKS)[0],
                "posted_at": at,
            }


def _attachments() -> Iterator[Document]:
    files = (
        (0, "recipe.txt", "text/plain", b"500 g flour, 350 g water, 10 g salt, one night.\n"),
        (1, "tides.csv", "text/csv", b"time,metres\n00:12,3.4\n06:30,0.9\n12:41,3.5\n"),
        (4, "checklist.md", "text/markdown", b"# Bring\n- the broken thing\n- its cable\n"),
        (7, "every-byte.bin", "application/octet-stream", bytes(range(256))),
    )
    for event, filename, content_type, content in files:
        yield {
            "_id": object_id("attachments", _starts_at(event), event),
            "event_id": _event_id(event),
            "filename": filename,
            "content_type": content_type,
            "size": len(content),
            "content": Binary(content),
        }
