"""Server-sent events: what is heard, by whom, and from where on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from libs.common.database.collections import EVENT_LOG
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.jobs import JobProgressed, Progress
from libs.common.jobs.model import Role
from libs.common.parts import Parts
from services.gateway.events import feed, stream
from services.gateway.events.log import EventLog
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, exporter, serve, until
from tests.servers.binaries import free_port

from .ear import Ear, listening

PATH = "/api/package-standalone/click"


def told(
    number: int, *, key: str = "export.progressed", subject: str | None = "click", stage: str = "reading"
) -> Message:
    payload = JobProgressed(job_id="none", progress=Progress(stage=stage, done=number))
    return message(key, payload, source="exporter", correlation_id=new_id(), subject=subject)


async def publish(parts: Parts, *events: Message) -> None:
    for event in events:
        await parts.bus.publish(event)


async def export(gateway: Gateway, headers: dict[str, str] | None = None) -> str:
    """Ask for an export and return its job's id."""
    async with gateway.http.get(PATH, headers=headers) as response:
        return str((await response.json())["job_id"])


async def test_a_job_is_heard_from_its_first_event_to_its_last(staffed: Gateway) -> None:
    job_id = await export(staffed)

    async with listening(staffed.http, f"/api/jobs/{job_id}/events") as ear:
        await ear.hears(2)

    assert ear.types == ["export.started", "export.completed"]
    last = ear.heard[-1].data
    assert last["correlationid"] == job_id
    assert last["specversion"] == "1.0"
    assert last["data"]["slug"] == "click"


async def test_who_comes_in_the_middle_of_a_job_hears_all_of_it(gateway: Gateway) -> None:
    gate = asyncio.Event()
    async with exporter(gateway.parts, gate=gate):
        job_id = await export(gateway, {"Prefer": "respond-async"})
        async with listening(gateway.http, f"/api/jobs/{job_id}/events") as ear:
            await ear.hears(1)
            gate.set()
            await ear.hears(2)

    assert ear.types == ["export.started", "export.completed"]


async def test_a_stream_begins_now_and_ids_count_up(gateway: Gateway) -> None:
    await publish(gateway.parts, *map(told, range(3)))
    async with listening(gateway.http, "/api/events?after=0") as ear:
        await ear.hears(3)
        async with listening(gateway.http) as late:
            await publish(gateway.parts, told(3))
            await late.hears(1)
        await ear.hears(4)

    assert [event.id for event in ear.heard] == ["1", "2", "3", "4"]
    assert late.event_ids == ear.event_ids[3:]


async def test_only_what_was_asked_for_is_heard(gateway: Gateway) -> None:
    await publish(
        gateway.parts,
        told(0, key="export.started"),
        told(1, subject="other"),
        told(2, key="benchmark_run.progressed"),
        told(3, key="benchmark_import.completed", subject="other"),
    )
    queries = {
        "type=export.*": ["1", "2"],
        "type=io.entrepot.export.started": ["1"],
        "type=*.started, benchmark_run.progressed": ["1", "3"],
        "subject=other": ["2", "4"],
        "type=%23&subject=click": ["1", "3"],
    }
    for query, expected in queries.items():
        async with listening(gateway.http, f"/api/events?after=0&{query}") as ear:
            await ear.hears(len(expected))
        assert [event.id for event in ear.heard] == expected


async def test_events_of_one_job_among_all(staffed: Gateway) -> None:
    await export(staffed)
    job_id = await export(staffed)

    async with listening(staffed.http, f"/api/events?after=0&correlation_id={job_id}") as ear:
        await ear.hears(2)

    assert {event.data["correlationid"] for event in ear.heard} == {job_id}


async def test_a_viewer_hears_of_own_jobs_only(staffed: Gateway) -> None:
    viewer, developer = await staffed.token(Role.VIEWER), await staffed.token(Role.DEVELOPER)
    await export(staffed, developer)
    own = await export(staffed, viewer)

    async with (
        listening(staffed.http, "/api/events?after=0", headers=viewer) as theirs,
        listening(staffed.http, "/api/events?after=0", headers=developer) as everybody,
    ):
        await publish(staffed.parts, told(0))  # of no job: for everybody
        await theirs.hears(3)
        await everybody.hears(5)

    assert {event.data["correlationid"] for event in theirs.heard[:2]} == {own}


async def test_a_viewer_learns_nothing_of_the_jobs_of_others(staffed: Gateway) -> None:
    job_id = await export(staffed, await staffed.token(Role.DEVELOPER))
    viewer = await staffed.token(Role.VIEWER)

    async with staffed.http.get(f"/api/jobs/{job_id}/events", headers=viewer) as response:
        problem = await response.json()

    assert (response.status, problem["type"]) == (404, "urn:entrepot:problem:job-not-found")


async def test_what_cannot_be_understood_is_refused(gateway: Gateway) -> None:
    queries = ("after=-1", "type=", "type=Export.*", "type=" + ",".join(["x.*"] * 21))
    asked: list[tuple[str, dict[str, str]]] = [(f"/api/events?{query}", {}) for query in queries]
    asked += [("/api/events", {"Last-Event-ID": text}) for text in ("seven", "-1", "9" * 30)]
    for path, headers in asked:
        async with gateway.http.get(path, headers=headers) as response:
            problem = await response.json()
        assert response.status == 400
        assert problem["errors"]


async def test_who_was_cut_off_misses_nothing_and_hears_nothing_twice(gateway: Gateway) -> None:
    events = [told(number) for number in range(30)]
    ear = Ear()
    for part in (events[:10], events[10:20], events[20:]):
        async with listening(gateway.http, ear=ear):
            await publish(gateway.parts, *part[:5])
            await ear.hears(len(ear.heard) + 3)  # and away, with the rest under way
        await publish(gateway.parts, *part[5:])
    async with listening(gateway.http, ear=ear):
        await ear.hears(30)

    assert ear.event_ids == [event.id for event in events]


async def test_who_is_cut_off_before_the_first_event_misses_none(gateway: Gateway) -> None:
    await publish(gateway.parts, told(0))
    async with listening(gateway.http, "/api/events?after=0") as everything:
        await everything.hears(1)
    ear = Ear()
    async with listening(gateway.http, ear=ear):
        await ear.block()  # says where it is, and no more
    assert (ear.last_id, ear.heard) == ("1", [])

    between = told(1)
    await publish(gateway.parts, between)
    async with listening(gateway.http, ear=ear):
        await ear.hears(1)

    assert ear.event_ids == [between.id]


async def test_what_was_there_before_comes_before_where_the_stream_is(gateway: Gateway) -> None:
    await publish(gateway.parts, told(0, key="import.started"), told(1), told(2))
    async with listening(gateway.http, "/api/events?after=0") as everything:
        await everything.hears(3)

    async with listening(gateway.http, "/api/events?after=0&type=import.*") as ear:
        await ear.block()
        assert (ear.last_id, ear.types) == ("1", ["import.started"])
        await ear.block()
        assert (ear.last_id, len(ear.heard)) == ("3", 1)


async def test_it_goes_on_at_another_gateway_and_after_a_restart(
    parts: Parts, make_settings: MakeSettings
) -> None:
    events = [told(number) for number in range(12)]
    second = replace(parts, settings=make_settings(port=free_port()))
    ear = Ear()
    async with serve(second) as other:
        async with serve(parts) as one, listening(one.http, ear=ear):
            await publish(parts, *events[:4])
            await ear.hears(4)
        await publish(parts, *events[4:8])
        async with listening(other.http, ear=ear):
            await ear.hears(8)
    await publish(parts, *events[8:])  # while no gateway runs
    async with serve(parts) as again, listening(again.http, ear=ear):
        await ear.hears(12)

    assert ear.event_ids == [event.id for event in events]


async def test_a_redelivered_event_is_heard_once(gateway: Gateway) -> None:
    event, last = told(0), told(1)
    async with listening(gateway.http) as ear:
        await publish(gateway.parts, event, event, last, event)
        await ear.hears(2)
        await publish(gateway.parts, told(2))
        await ear.hears(3)

    assert ear.event_ids[:2] == [event.id, last.id]


async def test_who_was_away_for_longer_than_a_day_is_told_of_the_gap(parts: Parts) -> None:
    async with serve(parts) as gateway, listening(gateway.http, "/api/events?after=0") as everything:
        await publish(parts, *map(told, range(5)))
        await everything.hears(5)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    await parts.database[EVENT_LOG].update_many({"_id": {"$lte": 3}}, {"$set": {"logged_at": long_ago}})
    assert await EventLog(parts.database).sweep() == 3

    ear = Ear()
    async with (
        serve(parts) as again,
        again.http.get("/api/events", headers={"Last-Event-ID": "1"}) as ear.response,
    ):
        await ear.hears(3)

    assert [(event.name, event.id) for event in ear.heard] == [("gap", ""), ("", "4"), ("", "5")]
    assert ear.heard[0].data == {"oldest": 4}


async def test_an_id_of_another_installation_does_not_silence_the_stream(gateway: Gateway) -> None:
    ear = Ear(last_id="1000")
    async with listening(gateway.http, ear=ear):
        await ear.hears(1)
        await publish(gateway.parts, told(0))
        await ear.hears(2)

    assert [(event.name, event.id) for event in ear.heard] == [("gap", "1000"), ("", "1")]


async def test_a_gateway_that_stops_ends_its_streams_at_once(parts: Parts) -> None:
    async with aiohttp.ClientSession(base_url=parts.settings.base_url) as http:
        async with serve(parts):
            listener = listening(http)
            ear = await listener.__aenter__()
        async with asyncio.timeout(parts.limits.drain_seconds):
            while await ear.block():
                pass
        await listener.__aexit__(None, None, None)


async def test_who_does_not_read_is_cut_off(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.2)
    events = EventLog(parts.database)
    for number in range(300):  # 12 MB, which is more than the system takes for a connection
        await events.append(told(number, stage="x" * 40_000))
    asked = f"GET /api/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{parts.settings.port}\r\n\r\n"

    async with serve(parts):
        with capture_logs() as logs:
            _, writer = await asyncio.open_connection("127.0.0.1", parts.settings.port)
            writer.write(asked.encode())

            async def cut_off() -> bool:
                return any("too slow" in str(line.get("reason")) for line in logs)

            await until(cut_off)
        writer.close()


async def test_silence_is_broken_by_pings_that_carry_the_position(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BEAT_SECONDS", 0.1)
    async with serve(parts) as gateway, listening(gateway.http, "/api/events?type=import.*") as ear:
        await publish(parts, told(0))
        async with asyncio.timeout(20):
            while ear.last_id != "1":
                assert await ear.block()

    assert ear.heard == []


async def test_a_stream_ends_so_that_its_next_one_is_authenticated(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.2)
    monkeypatch.setattr(feed, "BEAT_SECONDS", 0.1)
    async with serve(parts) as gateway, listening(gateway.http) as ear, asyncio.timeout(20):
        while await ear.block():
            pass
