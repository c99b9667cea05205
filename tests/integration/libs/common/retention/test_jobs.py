"""Jobs are kept for a time after their end, never removed before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from libs.common.database.collections import JOBS
from libs.common.retention.jobs import EndedJobs, first_id_at
from libs.common.retention.sweep import Swept, sweep

from .conftest import Shelf, found

LONG_AGO = datetime.now(UTC) - timedelta(days=31)


async def aged(shelf: Shelf, kind: str, name: str, **fields: Any) -> None:
    """A job whose id is as old as its fields say."""
    job_id = await shelf.job(kind, **fields)
    jobs = shelf.parts.database[JOBS]
    document = await jobs.find_one_and_delete({"_id": job_id})
    assert document is not None
    made = first_id_at(LONG_AGO - timedelta(days=1))[:-4] + f"{len(name):04d}"
    await jobs.insert_one(document | {"_id": made, "worker": name})


async def names(shelf: Shelf) -> set[str]:
    return set(await shelf.parts.database[JOBS].distinct("worker"))


async def test_jobs_that_ended_long_ago_go(shelf: Shelf) -> None:
    rule = EndedJobs.of(shelf.parts)
    await aged(shelf, "export.request", "a", state="succeeded", finished_at=LONG_AGO)
    await aged(shelf, "export.request", "bb", state="failed", finished_at=LONG_AGO)
    await aged(shelf, "import.request", "ccc", state="cancelled", finished_at=LONG_AGO)
    await aged(shelf, "import.request", "ended lately", state="failed", finished_at=datetime.now(UTC))
    await aged(shelf, "import.request", "waits", state="queued")
    await aged(shelf, "import.request", "works on", state="running")
    await aged(shelf, "import.request", "untold", state="failed", finished_at=LONG_AGO, outbox_since=LONG_AGO)

    assert [(each.name, each.count, each.reason) for each in await found(rule)] == [
        ("export.request", 2, "ended more than 30 days ago"),
        ("import.request", 1, "ended more than 30 days ago"),
    ]
    assert await sweep([rule]) == [Swept("jobs", 3)]
    assert await names(shelf) == {"ended lately", "waits", "works on", "untold"}
    assert await found(rule) == []


async def test_the_search_uses_an_index(shelf: Shelf) -> None:
    rule = EndedJobs.of(shelf.parts)
    await aged(shelf, "export.request", "a", state="succeeded", finished_at=LONG_AGO)
    plan = await shelf.parts.database[JOBS].find(rule._old()).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
