"""Whose turn it is, by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from services.gateway.webhooks import store as module
from services.gateway.webhooks.store import LEASE, Webhooks

OWNER = "ana@example.org"


class Ahead:
    """In place of `datetime`: a clock an hour ahead."""

    @staticmethod
    def now(tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(hours=1)


@pytest.fixture
async def webhooks(database: Database) -> Webhooks:
    await ensure_indexes(database)
    return Webhooks(database)


async def create(webhooks: Webhooks) -> str:
    made = await webhooks.create(
        owner=OWNER, url="https://x.example/", types=["$set"], description="$x", position=0
    )
    return made.id


async def test_a_webhook_made_by_a_gateway_ahead_is_due_at_once(
    webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "datetime", Ahead)
        made = await create(webhooks)
    claimed = await webhooks.claim(head=1)
    assert claimed is not None
    assert claimed.id == made


async def test_a_gateway_ahead_takes_nobodys_claim(
    webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(webhooks)
    assert await webhooks.claim(head=1) is not None
    monkeypatch.setattr(module, "datetime", Ahead)
    assert await webhooks.claim(head=1) is None


async def test_a_claim_ends_with_its_lease(webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", -LEASE)
    await create(webhooks)
    first = await webhooks.claim(head=1)
    second = await webhooks.claim(head=1)
    assert first is not None
    assert second is not None
    assert not await webhooks.advance(first, 1, is_failing=False)
    assert await webhooks.advance(second, 1, is_failing=False)


async def test_values_are_written_as_they_are(webhooks: Webhooks) -> None:
    made = await create(webhooks)
    changed = await webhooks.change(made, {"types": ["$url"], "description": "$secret"}, owner=OWNER)
    assert (changed.types, changed.description) == (["$url"], "$secret")


async def test_what_failed_is_not_due_at_once(webhooks: Webhooks) -> None:
    made = await create(webhooks)
    claimed = await webhooks.claim(head=1)
    assert claimed is not None
    await webhooks.postpone(claimed)
    waiting = await webhooks.get(made, owner=OWNER)
    assert (waiting.failures, waiting.claim) == (1, None)
    assert await webhooks.claim(head=1) is None
