"""A part that does not answer is told once, and hides no other figure."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from structlog.typing import EventDict

from libs.common.bus import BusUnavailable
from libs.common.telemetry.exposition import _read


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as logged:
        yield logged


async def away() -> None:
    raise BusUnavailable("The broker is away.")


async def there() -> None: ...


def is_up(part: str) -> float | None:
    return REGISTRY.get_sample_value("entrepot_part_up", {"part": part})


async def test_an_outage_is_one_line_and_its_end_another(logged: list[EventDict]) -> None:
    part = f"part-{uuid4().hex}"
    seen = []
    for reading in (there, away, away, away, there, there):
        await _read(part, reading())
        seen.append(is_up(part))

    assert seen == [1, 0, 0, 0, 1, 1]
    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("a part does not answer", "warning"),
        ("a part answers again", "info"),
    ]
    assert logged[0]["reason"] == "The broker is away."
