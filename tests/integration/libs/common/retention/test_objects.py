"""Uploads and other objects that nothing names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from libs.common.retention import objects as module
from libs.common.retention import spare
from libs.common.retention.objects import uploads
from libs.common.retention.sweep import Swept, sweep

from .conftest import Shelf, found

HOUR = timedelta(hours=1)


async def test_an_upload_that_no_job_waits_for_goes(shelf: Shelf) -> None:
    old = spare(shelf.parts.limits) + HOUR
    await shelf.store("uploads/old.zip", age=old, size=70)
    await shelf.store("uploads/young.zip", age=HOUR)
    await shelf.store("exports/other.zip", age=old)

    (doomed,) = await found(uploads(shelf.parts))
    assert (doomed.kind, doomed.name, doomed.size) == ("uploads", "uploads/old.zip", 70)
    assert len(await shelf.keys()) == 3

    assert await sweep([uploads(shelf.parts)]) == [Swept("uploads", 1)]
    assert await shelf.keys() == ["exports/other.zip", "uploads/young.zip"]


async def test_the_upload_of_a_job_stays_until_its_end(shelf: Shelf) -> None:
    old = spare(shelf.parts.limits) + HOUR
    for state in ("queued", "running", "failed"):
        key = f"uploads/{state}.zip"
        await shelf.store(key, age=old)
        await shelf.job("import.request", input={"upload_key": key}, state=state)

    await sweep([uploads(shelf.parts)])

    assert await shelf.keys() == ["uploads/queued.zip", "uploads/running.zip"]


async def test_what_a_job_names_between_finding_and_removing_stays(shelf: Shelf) -> None:
    await shelf.store("uploads/x.zip", age=spare(shelf.parts.limits) + HOUR)
    rule = uploads(shelf.parts)
    (doomed,) = await found(rule)
    await shelf.job("import.request", input={"upload_key": "uploads/x.zip"})

    assert await rule.remove(doomed) == 0
    assert await shelf.keys() == ["uploads/x.zip"]


async def test_more_than_one_batch(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    for number in range(5):
        await shelf.store(f"uploads/{number}.zip", age=spare(shelf.parts.limits) + HOUR)
    rule = uploads(shelf.parts)
    assert [doomed.name for doomed in await found(rule)] == [f"uploads/{number}.zip" for number in range(5)]
    assert await sweep([rule]) == [Swept("uploads", 5)]
