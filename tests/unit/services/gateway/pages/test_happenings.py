from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from services.gateway.events.entry import Entry
from services.gateway.pages.happenings import told


def entry(number: int, routing_key: str, data: dict[str, Any]) -> Entry:
    body = {"type": f"io.entrepot.{routing_key}", "time": "2024-02-29T00:00:00Z", "data": data}
    return Entry(
        number=number,
        event_id=str(number),
        routing_key=routing_key,
        subject=None,
        correlation_id="job",
        owner=None,
        logged_at=datetime(2024, 2, 29, tzinfo=UTC),
        body=orjson.dumps(body),
    )


def progress(number: int, stage: str, done: int | None = None) -> Entry:
    data = {"progress": {"stage": stage, "done": done, "total": 10, "unit": "files"}}
    return entry(number, "import.progressed", data)


def test_of_one_stage_only_the_latest_is_told() -> None:
    entries = [
        entry(1, "import.started", {"attempt": 1}),
        progress(2, "checking"),
        progress(3, "installing", 3),
        progress(4, "installing", 10),
        entry(5, "import.failed", {"error": {"message": "no"}}),
    ]

    assert [(each.name, each.words) for each in told(entries)] == [
        ("import.started", "attempt 1"),
        ("import.progressed", "checking"),
        ("import.progressed", "installing, 10 of 10 files"),
        ("import.failed", "no"),
    ]


def test_what_says_nothing_is_still_listed() -> None:
    [each] = told([entry(1, "experiment.registered", {"slug": "x"})])

    assert (each.name, each.words) == ("experiment.registered", "")
