"""Two months of clicks on four buttons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from services.importer.examples.seeded import Collections, Document, chance, object_id

START: Final = datetime(2025, 3, 1, 8, tzinfo=UTC)
DAYS: Final = 60
CLICKS: Final = 2400
VISITORS: Final = 40
TAKES_COOKIE: Final = 0.9
"""Share of clicks that name a visitor; the rest leave the field out."""


def collections() -> Collections:
    return {"buttons": _buttons(), "clicks": _clicks()}


def _buttons() -> list[Document]:
    return [
        {"_id": "amber", "label": "Amber", "colour": "#d98e04", "place": 1},
        {"_id": "moss", "label": "Moss", "colour": "#5c7c3b", "place": 2},
        {"_id": "slate", "label": "Slate", "colour": "#4a6072", "place": 3},
        {"_id": "plum", "label": "Plum", "colour": "#7d4a6d", "place": 4},
    ]


def _clicks() -> Iterator[Document]:
    random = chance("click clicks")
    moments = sorted(random.random() * DAYS for _ in range(CLICKS))
    for number, moment in enumerate(moments):
        # By day only: the counter is a daytime affair.
        day, part = divmod(moment, 1)
        at = START + timedelta(days=day, seconds=round(part * 12 * 3600))
        click: Document = {
            "_id": object_id("click", at, number),
            "button": random.choices(["amber", "moss", "slate", "plum"], weights=[5, 4, 2, 1])[0],
            "clicked_at": at,
        }
        if random.random() < TAKES_COOKIE:
            click["visitor"] = f"v{int(random.random() ** 2 * VISITORS):02d}"
        yield click
