"""What only the embedded bus has: leases, expiring queues, indexes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.bus.embedded import open_embedded_bus
from libs.common.bus.embedded.messages import to_document
from libs.common.bus.embedded.store import MESSAGES, Destination, MessageStore, claimable
from libs.common.bus.embedded.subscriptions import LIVING, QUEUES, Subscriptions
from libs.common.database.client import Database, Document
from tests.contract.bus.inbox import EXPORT, Gate, Inbox, eventually, make


async def test_expired_lease_is_taken_over(database: Database) -> None:
    store = MessageStore(database, lease_seconds=0.2)
    await store.put(to_document(make("export.request")), [Destination(EXPORT)])
    first = await store.claim(EXPORT)
    assert await store.claim(EXPORT) is None

    async with asyncio.timeout(30):
        while (second := await store.claim(EXPORT)) is None:
            await asyncio.sleep(0.02)

    assert first is not None
    assert (first.id, first.number, second.number) == (second.id, 1, 2)


async def test_who_lost_its_lease_can_neither_settle_nor_renew(database: Database) -> None:
    store = MessageStore(database, lease_seconds=0)
    await store.put(to_document(make("export.request")), [Destination(EXPORT)])
    first, second = await store.claim(EXPORT), await store.claim(EXPORT)
    assert first is not None
    assert second is not None

    await store.acknowledge(first)
    await store.release(first, is_counted=True)
    await store.bury(first, "not mine")
    before = await database[MESSAGES].find_one()
    await MessageStore(database, lease_seconds=60).renew([first])

    assert await database[MESSAGES].find_one() == before
    assert before is not None
    assert before["claim"] == second.claim
    assert before["queue"] == EXPORT


async def test_lease_is_renewed_while_the_handler_runs(database: Database) -> None:
    gate, other = Gate(), Inbox()
    first = await open_embedded_bus(database, service="first", lease_seconds=0.6, poll_seconds=0.1)
    second = await open_embedded_bus(database, service="second", lease_seconds=0.6, poll_seconds=0.1)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(first.close)
        stack.push_async_callback(second.close)
        await stack.enter_async_context(first.consume(EXPORT, gate, slots=1))
        await first.publish(make("export.request"))
        await gate.has_entered(1)
        await stack.enter_async_context(second.consume(EXPORT, other, slots=1))
        renewals = await _renewals(database, 5)
        gate.open.set()
        await eventually(lambda: len(gate.left) == 1, "the handler ends")

    assert renewals == sorted(renewals)
    assert other.calls == []


async def _renewals(database: Database, count: int) -> list[datetime]:
    """Ends of the lease as they are written, one after the other."""
    seen: list[datetime] = []
    async with asyncio.timeout(30):
        while len(seen) < count:
            document = await database[MESSAGES].find_one()
            end = None if document is None else document.get("visible_at")
            if end is not None and end not in seen:
                seen.append(end)
            await asyncio.sleep(0.02)
    return seen


async def test_private_queue_of_a_dead_process_receives_nothing_more(database: Database) -> None:
    subscriptions = Subscriptions(database, private_seconds=0.2)
    await subscriptions.register("dead.1", ["#"], is_private=True)
    await subscriptions.register("audit", ["export.*"], is_private=False)
    assert Destination("dead.1", is_private=True) in await subscriptions.receiving("export.completed")

    async with asyncio.timeout(30):
        while len(await subscriptions.receiving("export.completed")) > 1:
            await asyncio.sleep(0.02)

    assert await subscriptions.receiving("export.completed") == [Destination("audit")]
    assert await subscriptions.renew("dead.1") is False


async def test_events_in_private_queues_expire_and_others_never(database: Database) -> None:
    store = MessageStore(database)
    body = to_document(make("export.completed"))
    await store.put(
        body, [Destination("private.1", is_private=True), Destination("audit"), Destination(EXPORT)]
    )
    documents = {each["queue"]: each async for each in database[MESSAGES].find()}

    assert documents["private.1"]["expires_at"] > datetime.now(UTC)
    assert "expires_at" not in documents["audit"]
    assert "expires_at" not in documents[EXPORT]


async def test_both_collections_let_the_database_expire_what_is_old(database: Database) -> None:
    bus = await open_embedded_bus(database, service="test")
    indexes = [await database[name].index_information() for name in (MESSAGES, QUEUES)]
    await bus.close()

    assert [each["expiry"]["expireAfterSeconds"] for each in indexes] == [0, 0]


@pytest.mark.parametrize(
    ("collection", "index", "query"),
    [
        (MESSAGES, "claim", lambda messages: messages.find(claimable(EXPORT)).sort("_id", 1).limit(1)),
        (MESSAGES, "claim", lambda messages: messages.find({"queue": EXPORT})),
        (
            MESSAGES,
            "dead_letters",
            lambda messages: messages.find({"died_at": {"$exists": True}}).sort("died_at", 1),
        ),
        (QUEUES, "expiry", lambda queues: queues.find(LIVING)),
    ],
)
async def test_each_query_uses_an_index_and_sorts_by_it(
    database: Database, collection: str, index: str, query: Callable[[Any], Any]
) -> None:
    bus = await open_embedded_bus(database, service="test")
    store = MessageStore(database)
    for _ in range(50):
        await store.put(to_document(make("export.request")), [Destination(EXPORT), Destination("other")])
    plan = (await query(database[collection]).explain())["queryPlanner"]["winningPlan"]
    await bus.close()

    stages = _stages(plan)
    assert "COLLSCAN" not in stages
    assert "SORT" not in stages
    assert index in _index_names(plan)


def _stages(plan: Document) -> list[str]:
    return [plan["stage"], *(_stages(plan["inputStage"]) if "inputStage" in plan else [])]


def _index_names(plan: Document) -> list[str]:
    below = _index_names(plan["inputStage"]) if "inputStage" in plan else []
    return [plan["indexName"], *below] if "indexName" in plan else below


async def test_one_change_stream_serves_all_consumers_of_a_process(database: Database) -> None:
    inbox = Inbox()
    bus = await open_embedded_bus(database, service="test")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bus.close)
        for _ in range(4):
            await stack.enter_async_context(bus.subscribe(["#"], inbox))
        status = database.client.admin.aggregate([{"$currentOp": {"idleCursors": True}}])
        cursors = [
            each
            async for each in status
            if each.get("ns", "").startswith(f"{database.name}.{MESSAGES}")
            and "$changeStream" in str(each.get("cursor", each.get("command", {})))
        ]
    assert len({each.get("cursor", {}).get("cursorId") for each in cursors}) == 1
