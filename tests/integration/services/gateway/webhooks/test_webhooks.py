"""Webhooks: signed, in order, tried again, and through restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.database.collections import EVENT_LOG, WEBHOOKS
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.jobs import JobProgressed, Progress
from libs.common.jobs.model import Role
from libs.common.parts import Parts
from services.gateway.webhooks import sender
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, serve, until
from tests.servers.binaries import free_port

from .endpoint import Endpoint, listening

HOOKS = "/api/webhooks"


def told(number: int = 0, *, key: str = "export.progressed") -> Message:
    payload = JobProgressed(job_id="none", progress=Progress(stage="reading", done=number))
    return message(key, payload, source="exporter", correlation_id=new_id(), subject="click")


async def publish(parts: Parts, *events: Message) -> None:
    for event in events:
        await parts.bus.publish(event)


async def ask(gateway: Gateway, method: str, path: str = HOOKS, **options: Any) -> tuple[int, dict[str, Any]]:
    async with gateway.http.request(method, path, **options) as response:
        return response.status, await response.json() if response.content_length else {}


async def register(gateway: Gateway, endpoint: Endpoint, **body: Any) -> str:
    """A webhook to this endpoint; returns its id."""
    status, made = await ask(gateway, "POST", json={"url": endpoint.url, **body})
    assert status == 201, made
    endpoint.secret = made["secret"]
    return str(made["webhook"]["id"])


async def taken(endpoint: Endpoint, count: int) -> list[str]:
    async def all_here() -> bool:
        return len(endpoint.received) >= count

    await until(all_here, seconds=20)
    return endpoint.event_ids


async def tried(endpoint: Endpoint, count: int) -> None:
    async def enough() -> bool:
        return len(endpoint.tried) >= count

    await until(enough, seconds=20)


async def deliveries(gateway: Gateway, webhook_id: str) -> list[dict[str, Any]]:
    """The oldest first."""
    _, page = await ask(gateway, "GET", f"{HOOKS}/{webhook_id}/deliveries")
    return list(reversed(page["deliveries"]))


async def settled(gateway: Gateway, webhook_id: str, count: int) -> list[dict[str, Any]]:
    """The deliveries, once so many are at their end: each is noted after the endpoint has answered."""

    async def all_noted() -> bool:
        noted = await deliveries(gateway, webhook_id)
        return len([each for each in noted if each["state"] != "pending"]) >= count

    await until(all_noted)
    return await deliveries(gateway, webhook_id)


async def test_matching_events_come_signed_in_their_order(gateway: Gateway) -> None:
    events = [
        told(number, key="export.progressed" if number % 3 else "import.progressed") for number in range(9)
    ]
    async with listening() as endpoint:
        await publish(gateway.parts, told())  # before anybody asked
        await until(lambda: _logged(gateway, 1))
        webhook_id = await register(gateway, endpoint, types=["export.*"])
        await publish(gateway.parts, *events)
        expected = [event.id for event in events if event.routing_key == "export.progressed"]
        assert await taken(endpoint, 6) == expected

        noted = await settled(gateway, webhook_id, 6)
    assert [each["event_id"] for each in noted] == expected
    assert {(each["state"], each["attempts"], each["last"]["status"]) for each in noted} == {
        ("delivered", 1, 204)
    }


async def _logged(gateway: Gateway, count: int) -> bool:
    return await gateway.parts.database[EVENT_LOG].count_documents({}) >= count


async def test_a_refused_event_is_tried_again_and_those_behind_it_wait(gateway: Gateway) -> None:
    events = [told(number) for number in range(3)]
    async with listening(statuses=[500, 302, 404]) as endpoint:
        webhook_id = await register(gateway, endpoint)
        await publish(gateway.parts, *events)
        assert await taken(endpoint, 3) == [event.id for event in events]
        noted = await settled(gateway, webhook_id, 3)

    assert endpoint.tried == [events[0].id] * 4 + [event.id for event in events[1:]]
    assert [each["attempts"] for each in noted] == [4, 1, 1]


async def test_a_dead_endpoint_harms_nobody_else(gateway: Gateway) -> None:
    events = [told(number) for number in range(20)]
    dead = Endpoint(free_port())
    async with listening(hang=asyncio.Event()) as silent, listening() as alive:
        dead_id = await register(gateway, dead)
        await register(gateway, silent)
        await register(gateway, alive)
        await publish(gateway.parts, *events)
        assert await taken(alive, 20) == [event.id for event in events]
        await tried(silent, 1)

    async def noted_once() -> bool:
        return bool(await deliveries(gateway, dead_id))

    await until(noted_once)
    _, shown = await ask(gateway, "GET", f"{HOOKS}/{dead_id}")
    assert shown["failures"] > 0
    assert shown["next_attempt_at"]
    [waiting] = await deliveries(gateway, dead_id)
    assert waiting["state"] == "pending"
    assert waiting["last"]["error"] == "The connection failed: ClientConnectorError."


async def test_an_endpoint_that_does_not_answer_is_given_up_for_now(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ATTEMPT_SECONDS", 0.1)
    async with listening(hang=asyncio.Event()) as endpoint:
        webhook_id = await register(gateway, endpoint)
        await publish(gateway.parts, told())
        await tried(endpoint, 2)  # so the first attempt was noted
        [noted] = await deliveries(gateway, webhook_id)

    assert noted["last"]["error"] == "No answer within 0 s."


async def test_nothing_is_lost_or_repeated_through_a_restart_and_by_two_gateways(
    parts: Parts, make_settings: MakeSettings
) -> None:
    events = [told(number) for number in range(40)]
    settings = make_settings(port=free_port(), webhook_private_targets=True)
    async with listening() as endpoint:
        async with serve(parts) as gateway:
            await register(gateway, endpoint)
            await publish(parts, *events[:20])
            await taken(endpoint, 3)  # and stop in the middle
        async with serve(parts), serve(replace(parts, settings=settings)):
            await publish(parts, *events[20:])
            await taken(endpoint, 40)

    assert endpoint.event_ids == [event.id for event in events]


async def test_an_endpoint_that_is_gone_is_called_no_more_until_it_is_enabled(gateway: Gateway) -> None:
    events = [told(number) for number in range(2)]
    async with listening(statuses=[410]) as endpoint:
        webhook_id = await register(gateway, endpoint)
        await publish(gateway.parts, *events)

        async def disabled() -> bool:
            return not (await ask(gateway, "GET", f"{HOOKS}/{webhook_id}"))[1]["enabled"]

        await until(disabled)
        assert endpoint.tried == [events[0].id]
        status, shown = await ask(gateway, "PATCH", f"{HOOKS}/{webhook_id}", json={"enabled": True})
        assert (status, shown["enabled"], shown.get("disabled_because")) == (200, True, None)
        assert await taken(endpoint, 2) == [event.id for event in events]


async def test_an_event_is_given_up_after_a_day(gateway: Gateway) -> None:
    events = [told(number) for number in range(2)]
    async with listening(statuses=[500]) as endpoint:
        webhook_id = await register(gateway, endpoint)
        hooks, entries = (gateway.parts.database[name] for name in (WEBHOOKS, EVENT_LOG))
        await publish(gateway.parts, events[0])

        async def failed() -> bool:
            later = {"$set": {"due_at": datetime.now(UTC) + timedelta(hours=1)}}
            return bool((await hooks.update_one({"failures": 1, "claim": None}, later)).matched_count)

        await until(failed)
        await entries.update_many({}, {"$set": {"logged_at": datetime.now(UTC) - timedelta(hours=24)}})
        await hooks.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})
        await publish(gateway.parts, events[1])
        assert await taken(endpoint, 1) == [events[1].id]

        noted = await settled(gateway, webhook_id, 2)
    assert [each["state"] for each in noted] == ["given-up", "delivered"]


async def test_an_event_is_sent_again_on_request(gateway: Gateway) -> None:
    event = told()
    async with listening() as endpoint:
        webhook_id = await register(gateway, endpoint)
        await publish(gateway.parts, event)
        await taken(endpoint, 1)
        [noted] = await settled(gateway, webhook_id, 1)
        path = f"{HOOKS}/{webhook_id}/deliveries/{noted['id']}/redeliver"

        status, again = await ask(gateway, "POST", path)
        assert (status, again["attempts"], again["state"]) == (200, 2, "delivered")
        assert endpoint.tried == [event.id] * 2

        await gateway.parts.database[EVENT_LOG].delete_many({})
        assert (await ask(gateway, "POST", path))[0] == 404
        assert (await ask(gateway, "POST", path.replace(noted["id"], "none")))[0] == 404


async def test_they_are_listed_changed_and_deleted(gateway: Gateway) -> None:
    async with listening() as endpoint:
        first = await register(gateway, endpoint, description="first")
        second = await register(gateway, endpoint)
        _, page = await ask(gateway, "GET", f"{HOOKS}?limit=1")
        _, rest = await ask(gateway, "GET", f"{HOOKS}?limit=1&after={page['next']}")
        assert [each["id"] for each in page["webhooks"] + rest["webhooks"]] == [first, second]
        assert "secret" not in page["webhooks"][0]

        _, changed = await ask(gateway, "PATCH", f"{HOOKS}/{first}", json={"types": ["import.*"]})
        assert (changed["types"], changed["description"]) == (["import.*"], "first")
        await publish(gateway.parts, told(), told(key="import.progressed"))
        await taken(endpoint, 1)
        status, _ = await ask(gateway, "DELETE", f"{HOOKS}/{second}")
        assert status == 204
        assert (await ask(gateway, "GET", f"{HOOKS}/{second}"))[0] == 404
        assert (await ask(gateway, "DELETE", f"{HOOKS}/{second}"))[0] == 404


async def test_each_developer_has_webhooks_of_their_own(gateway: Gateway) -> None:
    developer, admin, viewer = [
        await gateway.token(role) for role in (Role.DEVELOPER, Role.ADMIN, Role.VIEWER)
    ]
    _, made = await ask(gateway, "POST", json={"url": "http://127.0.0.1:1/"}, headers=admin)
    path = f"{HOOKS}/{made['webhook']['id']}"

    for method, address in (("GET", path), ("DELETE", path), ("GET", f"{path}/deliveries")):
        assert (await ask(gateway, method, address, headers=developer))[0] == 404
    assert (await ask(gateway, "PATCH", path, json={}, headers=developer))[0] == 404
    assert (await ask(gateway, "GET", headers=developer))[1]["webhooks"] == []
    assert (await ask(gateway, "GET", headers=viewer))[0] == 403
    assert (await ask(gateway, "GET", path, headers=admin))[0] == 200


async def test_bad_requests_are_told_all_that_is_wrong(gateway: Gateway) -> None:
    status, problem = await ask(gateway, "POST", json={"types": ["Export"], "more": 1})
    assert status == 422
    assert {error["path"] for error in problem["errors"]} == {"url", "types.0", "more"}


async def test_private_targets_are_refused_by_default(parts: Parts, make_settings: MakeSettings) -> None:
    """Also where a webhook was made under another setting, and where a name leads there."""
    async with listening() as endpoint, serve(parts) as lenient:
        webhook_id = await register(lenient, endpoint)
    strict = replace(parts, settings=make_settings(port=free_port()))
    async with serve(strict) as gateway:
        await publish(parts, told())

        async def refused() -> bool:
            noted = await deliveries(gateway, webhook_id)
            return bool(noted) and noted[0]["last"]["error"] == "The address is not on the public internet."

        await until(refused)
        named = f"http://localhost.localdomain:{endpoint.port}/hook"
        status, problem = await ask(gateway, "POST", json={"url": endpoint.url})
        assert (status, problem["type"]) == (422, "urn:entrepot:problem:webhook-target-refused")
        assert (await ask(gateway, "POST", json={"url": named}))[0] == 201
    assert endpoint.tried == []
