"""The quota asks the database now and then, and counts by itself what it lets through meanwhile."""

from __future__ import annotations

from typing import cast

import pytest

from libs.common.errors import TooMany
from libs.common.jobs.store import JobStore
from services.gateway import quota
from services.gateway.quota import Quota

KIND = "export.request"


class Counted:
    """Stands for the job store."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.asked: list[str] = []

    async def waiting_of(self, email: str, kind: str, *, limit: int) -> int:
        assert kind == KIND
        self.asked.append(email)
        return min(self.waiting, limit)


def quota_of(counted: Counted, limit: int) -> Quota:
    return Quota(cast(JobStore, counted), limit)


async def test_what_is_let_through_counts_at_once() -> None:
    counted = Counted()
    checked = quota_of(counted, 3)
    for _ in range(3):
        await checked.take("ana", KIND)

    with pytest.raises(TooMany, match="3 jobs of yours wait for"):
        await checked.take("ana", KIND)
    assert counted.asked == ["ana"]


async def test_each_caller_has_a_quota_of_its_own() -> None:
    checked = quota_of(Counted(), 1)
    await checked.take("ana", KIND)
    await checked.take("ben", KIND)

    with pytest.raises(TooMany):
        await checked.take("ana", KIND)


async def test_what_waits_already_counts() -> None:
    with pytest.raises(TooMany):
        await quota_of(Counted(waiting=5), 2).take("ana", KIND)


async def test_work_that_was_done_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "COUNT_AGAIN_SECONDS", -1.0)
    counted = Counted(waiting=1)
    checked = quota_of(counted, 1)
    with pytest.raises(TooMany):
        await checked.take("ana", KIND)

    counted.waiting = 0
    await checked.take("ana", KIND)


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "REMEMBER_LIMIT", 2)
    counted = Counted()
    checked = quota_of(counted, 10)
    for email in ("a", "b", "c", "a"):
        await checked.take(email, KIND)

    assert counted.asked == ["a", "b", "c", "a"]
