"""Streams that go on where they were."""

from __future__ import annotations

import json
from contextlib import aclosing

import httpx
import pytest
from entrepot_client import Client, Event, NotUnderstood, Refused, Subscription, Unreachable

from .platform import client_of
from .samples import AT, JOB, job, problem

PATH = "GET /api/events"
MARK = ": ping\nid: {}\n\n"


def told(number: int, **more: object) -> str:
    event = {
        "specversion": "1.0",
        "id": f"event-{number}",
        "type": "io.entrepot.export.progressed",
        "source": "/entrepot/exporter",
        "time": AT,
        "correlationid": JOB,
        "sequence": str(number),
        "data": {"message": f"number {number}"},
        **more,
    }
    return f"id: {number}\ndata: {json.dumps(event)}\n\n"


def stream(*blocks: str) -> httpx.Response:
    return httpx.Response(
        200, headers={"Content-Type": "text/event-stream"}, text="retry: 2000\n\n" + "".join(blocks)
    )


async def follow(client: Client, count: int, after: int | None = None) -> list[Event]:
    found: list[Event] = []
    async with aclosing(client.events.follow(after=after)) as events:
        async for event in events:
            found.append(event)
            if len(found) == count:
                break
    return found


async def test_what_is_kept_ends_where_the_stream_is_now() -> None:
    which = Subscription(types=("export.*", "import.*"), subject="click", job_id=JOB)
    answer = stream(told(3), told(4), MARK.format(9), told(10))
    async with client_of({PATH: [answer]}) as (client, platform):
        found = [event async for event in client.events.kept(which, after=2)]

    assert [(each.number, each.id, each.sequence) for each in found] == [(3, "event-3", 3), (4, "event-4", 4)]
    assert found[0].routing_key == "export.progressed"
    assert dict(platform.asked[0].url.params) == {
        "type": "export.*,import.*",
        "subject": "click",
        "correlation_id": JOB,
        "after": "2",
    }


async def test_a_lost_connection_is_made_anew_where_it_was() -> None:
    answers: list[httpx.Response | Exception] = [
        stream(MARK.format(4), told(5), told(6)),
        httpx.ConnectError("refused"),
        problem(503, "unavailable"),
        stream(MARK.format(6)),
        stream(told(7)),
    ]
    async with client_of({PATH: answers}) as (client, platform):
        found = await follow(client, 3)

    assert [each.number for each in found] == [5, 6, 7]
    assert [each.url.params.get("after") for each in platform.asked] == [None, "6", "6", "6", "6"]


async def test_before_the_first_event_it_goes_on_from_the_beginning_too() -> None:
    """What is told between two connections is not lost, though nothing was heard yet."""
    async with client_of({PATH: [stream(MARK.format(4)), stream(told(5))]}) as (client, platform):
        await follow(client, 1)

    assert platform.asked[1].url.params["after"] == "4"


async def test_a_platform_that_was_never_there_is_not_waited_for() -> None:
    async with client_of({PATH: [httpx.ConnectError("refused")]}) as (client, platform):
        with pytest.raises(Unreachable):
            await follow(client, 1)

    assert len(platform.asked) == 1


async def test_a_platform_that_stays_away_is_given_up() -> None:
    answers: list[httpx.Response | Exception] = [stream(told(1)), httpx.ConnectError("refused")]
    async with client_of({PATH: answers}, patience_seconds=0) as (client, _):
        with pytest.raises(Unreachable):
            await follow(client, 2)


async def test_a_revoked_token_ends_the_stream() -> None:
    answers: list[httpx.Response | Exception] = [stream(told(1)), problem(401, "unauthenticated")]
    async with client_of({PATH: answers}) as (client, _):
        with pytest.raises(Refused, match="unauthenticated"):
            await follow(client, 2)


async def test_a_gap_is_told(caplog: pytest.LogCaptureFixture) -> None:
    gap = 'id: 3\nevent: gap\ndata: {"oldest": 4}\n\n'
    heard: list[int] = []
    async with client_of({PATH: [stream(gap, told(4), MARK.format(4))]}) as (client, _):
        found = [event async for event in client.events.kept(after=1, missed=heard.append)]
        assert [event.number async for event in client.events.kept(after=1)] == [4]

    assert (heard, [each.number for each in found]) == ([4], [4])
    assert "before number 4" in caplog.text


@pytest.mark.parametrize("data", ["{", "[]", '{"id": "1"}'])
async def test_what_is_no_event_is_told_apart(data: str) -> None:
    async with client_of({PATH: [stream(f"id: 1\ndata: {data}\n\n")]}) as (client, _):
        with pytest.raises(NotUnderstood):
            await follow(client, 1)


async def test_data_that_an_event_only_refers_to_are_fetched() -> None:
    result = {"slug": "click", "message": "whole"}
    answers: dict[str, list[httpx.Response | Exception]] = {
        PATH: [stream(told(1, dataref=f"/api/jobs/{JOB}#/result", data={}), told(2), MARK.format(2))],
        f"GET /api/jobs/{JOB}": [httpx.Response(200, json=job("succeeded", result=result))],
    }
    async with client_of(answers) as (client, _):
        large, small = [event async for event in client.events.kept()]
        assert await client.events.data_of(large) == result
        assert await client.events.data_of(small) == {"message": "number 2"}


@pytest.mark.parametrize(
    "reference", ["https://elsewhere.test/data", "//elsewhere.test/data", "/api/jobs/x#/none"]
)
async def test_data_elsewhere_are_not_fetched_with_our_token(reference: str) -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        PATH: [stream(told(1, dataref=reference), MARK.format(1))],
        "GET /api/jobs/x": [httpx.Response(200, json=job())],
    }
    async with client_of(answers, token="t") as (client, platform):
        [event] = [event async for event in client.events.kept()]
        with pytest.raises(NotUnderstood):
            await client.events.data_of(event)

    assert {each.url.host for each in platform.asked} == {"entrepot.test"}
