from __future__ import annotations

from datetime import UTC, datetime

from services.gateway.events.entry import Entry

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entry(
    number: int = 1,
    *,
    key: str = "export.completed",
    subject: str | None = "click",
    correlation_id: str = "job",
    owner: str | None = None,
    body: bytes = b"{}",
) -> Entry:
    return Entry(number, f"event-{number}", key, subject, correlation_id, owner, NOW, body)
