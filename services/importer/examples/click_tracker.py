"""Three goals: one reached, two open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from services.importer.examples.seeded import Collections, object_id

SET_AT: Final = datetime(2025, 3, 3, 9, tzinfo=UTC)


def collections() -> Collections:
    goals = [
        (
            "a thousand in March",
            1000,
            datetime(2025, 4, 1, tzinfo=UTC),
            datetime(2025, 3, 26, 15, 4, 5, tzinfo=UTC),
        ),
        ("two and a half thousand by May", 2500, datetime(2025, 5, 1, tzinfo=UTC), None),
        ("ten thousand this year", 10_000, datetime(2026, 1, 1, tzinfo=UTC), None),
    ]
    return {
        "goals": [
            {
                "_id": object_id("click_tracker", SET_AT, number),
                "name": name,
                "target": target,
                "until": until,
                "reached_at": reached_at,
            }
            for number, (name, target, until, reached_at) in enumerate(goals)
        ]
    }
