"""The client and a live gateway understand each other."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing
from pathlib import Path

import pytest
from entrepot_client import (
    Client,
    Configuration,
    Event,
    ExportKind,
    ImportOptions,
    JobState,
    Progress,
    Refused,
    Subscription,
    Unreachable,
)

from libs.common.jobs.model import Role
from libs.common.parts import Parts
from tests.integration.services.gateway.events.test_streams import publish, told
from tests.integration.services.gateway.house import Gateway, exporter, serve, until, zip_of
from tests.servers.binaries import free_port

from .conftest import configuration

SECONDS = 30


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "copy_upload.zip"
    path.write_bytes(zip_of({"actor.py": b"", "manifest.json": b"{}"}))
    return path


async def hear(client: Client, which: Subscription, count: int, found: list[Event]) -> None:
    """From the beginning, until so many were found."""
    async with asyncio.timeout(SECONDS), aclosing(client.events.follow(which, after=0)) as events:
        async for event in events:
            found.append(event)
            if len(found) == count:
                break


async def heard(client: Client, key: str) -> Event:
    """The first of this kind."""
    found: list[Event] = []
    await hear(client, Subscription(types=(key,)), 1, found)
    return found[0]


async def test_an_export_is_made_and_downloaded(client: Client, tmp_path: Path) -> None:
    made = await client.exports.make("click", ExportKind.DOCKER)
    path = await client.exports.download(made, tmp_path / "exports")

    assert path.name == made.filename
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.checksum
    assert made.collections[0].truncated


async def test_slow_work_ends_where_quick_work_does(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot_client.work.QUICK_SECONDS", 0)
    gate = asyncio.Event()
    async with exporter(gateway.parts, gate=gate), Client(await configuration(gateway)) as client:
        export = asyncio.create_task(client.exports.make("click", ExportKind.STANDALONE))
        started = await heard(client, "export.started")
        [running] = (await client.jobs.page(state=JobState.RUNNING)).jobs
        gate.set()
        made = await asyncio.wait_for(export, SECONDS)

    assert made.job_id == running.id == started.correlationid


async def test_a_plan_an_import_and_what_is_wrong(client: Client, packed: Path, tmp_path: Path) -> None:
    planned = await client.imports.upload(packed, ImportOptions(dry_run=True))
    told: list[Progress] = []
    imported = await client.imports.upload(packed, ImportOptions(slug="other", note="why"), tell=told.append)

    assert (planned.dry_run, planned.slug, planned.revision) == (True, "copy", None)
    assert planned.plan.added == ("actor.py", "manifest.json")
    assert (imported.slug, imported.revision) == ("other", 1)
    assert told[-1].done == told[-1].total == packed.stat().st_size

    (tmp_path / "bad.zip").write_bytes(zip_of({"bad-1": b"", "bad-2": b""}))
    with pytest.raises(Refused) as refused:
        await client.imports.upload(tmp_path / "bad.zip")
    assert (refused.value.status, [each.path for each in refused.value.problems]) == (422, ["bad-1", "bad-2"])


async def test_experiments_are_looked_at_and_changed(client: Client) -> None:
    listed = [each.slug async for each in client.experiments.all()]
    shown = await client.experiments.get("click")
    started = await client.experiments.start("click")
    back = await client.experiments.rollback("click", 2, note="why")
    deleted = await client.experiments.delete("click", data=True)

    assert listed == ["click", "old"]
    assert (shown.name, shown.revision) == ("Click counter", 3)
    assert (started.revision, back.revision) == (3, 2)
    assert "why" in back.message
    assert "data True" in deleted.message
    with pytest.raises(Refused, match="'none'"):
        await client.experiments.get("none")


async def test_a_job_is_cancelled_and_tried_again(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot_client.work.QUICK_SECONDS", 0)
    async with Client(await configuration(gateway)) as client:  # nobody works on it
        export = asyncio.create_task(client.exports.make("click", ExportKind.DOCKER))
        async with asyncio.timeout(SECONDS):
            while not (jobs := (await client.jobs.page(slug="click")).jobs):
                await asyncio.sleep(0.02)
        cancelled = await client.jobs.cancel(jobs[0].id)
        with pytest.raises(Refused) as refused:
            await asyncio.wait_for(export, SECONDS)
        again = await client.jobs.get(await client.jobs.retry(jobs[0].id))

    assert cancelled.state is JobState.CANCELLED
    assert (refused.value.code, refused.value.status) == ("job-cancelled", 409)
    assert (again.state, again.kind) == (JobState.QUEUED, "export.request")


async def test_events_are_followed_through_a_restart_of_the_gateway(parts: Parts) -> None:
    events = [told(number) for number in range(9)]
    found: list[Event] = []

    async def three_heard() -> bool:
        return len(found) == 3

    async with Client(Configuration(url=parts.settings.base_url)) as client:
        async with serve(parts):
            listening = asyncio.create_task(hear(client, Subscription(types=("export.*",)), 9, found))
            await publish(parts, *events[:3])
            await until(three_heard, seconds=SECONDS)
        await publish(parts, *events[3:6])  # while no gateway runs
        async with serve(parts):
            await publish(parts, *events[6:])
            await listening
            kept = [event.id async for event in client.events.kept(after=2)]

    assert [event.id for event in found] == [event.id for event in events]
    assert [event.number for event in found] == list(range(1, 10))
    assert kept == [event.id for event in events[2:]]


async def test_a_large_outcome_is_fetched_where_its_event_says(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "large_upload.zip"
    names = [f"static/pictures/{number:05}.png" for number in range(1_800)]
    path.write_bytes(zip_of(dict.fromkeys(names, b"")))

    imported = await client.imports.upload(path, ImportOptions(dry_run=True))
    event = await heard(client, "import.completed")
    data = await client.events.data_of(event)

    assert (event.data, event.dataref) == ({}, f"/api/jobs/{imported.job_id}#/result")
    assert data["plan"]["added"] == names
    assert list(imported.plan.added) == names


async def test_a_viewer_may_look_and_no_more(staffed: Gateway, packed: Path) -> None:
    async with Client(await configuration(staffed, Role.VIEWER)) as client:
        await client.experiments.get("click")
        with pytest.raises(Refused) as refused:
            await client.imports.upload(packed)

    assert refused.value.status == 403


async def test_where_nobody_listens() -> None:
    async with Client(Configuration(url=f"http://127.0.0.1:{free_port()}")) as client:
        with pytest.raises(Unreachable):
            await client.experiments.get("click")
