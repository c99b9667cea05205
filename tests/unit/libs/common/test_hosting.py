"""The record between supervisor and gateway, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from libs.common.database.client import Database
from libs.common.events.envelope import message
from libs.common.events.imports import ExperimentStopped, StopReason
from libs.common.hosting import (
    Hosting,
    Hostings,
    HostingState,
    bundle_key,
    bundle_path,
    is_bundle_signature,
)

SHA = "ab" * 32


async def test_wanting_what_was_never_started_makes_a_record(database: Database) -> None:
    hostings = Hostings(database)
    assert await hostings.get("click") is None
    await hostings.want("click")
    wanted = await hostings.get("click")
    assert wanted is not None
    assert wanted.is_at_rest
    assert wanted.wanted_at is not None
    assert [one.slug for one in await hostings.all()] == ["click"]


async def test_wanting_changes_nothing_else(database: Database) -> None:
    hostings = Hostings(database)
    now = datetime.now(UTC)
    await hostings.write("click", 1, state=HostingState.RUNNING, since=now, address="http://a", token="t")
    before = await hostings.get("click")
    await hostings.want("click")
    after = await hostings.get("click")
    assert before is not None
    assert after is not None
    assert after.model_copy(update={"wanted_at": None}) == before


async def test_an_earlier_supervisor_writes_no_more(database: Database) -> None:
    hostings = Hostings(database)
    assert await hostings.write("click", 2, revision=1)
    assert not await hostings.write("click", 1, revision=9)
    assert await hostings.write("click", 2, revision=2)
    assert await hostings.write("click", 3, revision=3)
    found = await hostings.get("click")
    assert found is not None
    assert (found.revision, found.term) == (3, 3)


async def test_a_switch_names_the_job_that_waits(database: Database) -> None:
    hostings = Hostings(database)
    await hostings.switch("click", off_revision=2, job_id="job")
    off = await hostings.get("click")
    assert off is not None
    assert (off.is_off, off.wanted_at, off.asked_by) == (True, None, "job")
    await hostings.switch("click", off_revision=None, job_id=None)
    on = await hostings.get("click")
    assert on is not None
    assert (on.is_off, on.wanted_at is not None, on.asked_by) == (False, True, None)


async def test_an_event_stays_until_the_bus_has_it(database: Database) -> None:
    hostings = Hostings(database)
    told = ExperimentStopped(slug="click", reason=StopReason.IDLE)
    first, second = (
        message("experiment.stopped", told, source="importer", correlation_id=name) for name in "ab"
    )
    await hostings.write("click", 1, untold=second.model_dump(mode="json", exclude_none=True))
    await hostings.told("click", first)
    kept = await hostings.get("click")
    assert kept is not None
    assert kept.untold == second
    await hostings.told("click", second)
    gone = await hostings.get("click")
    assert gone is not None
    assert gone.untold is None


async def test_removing_leaves_nothing(database: Database) -> None:
    hostings = Hostings(database)
    await hostings.want("click")
    await hostings.remove("click")
    assert await hostings.all() == []


def test_requests_are_held_until_the_moment_named() -> None:
    now = datetime.now(UTC)
    held = Hosting(slug="click", held_until=now + timedelta(seconds=1))
    assert held.is_held(now)
    assert not held.is_held(now + timedelta(seconds=1))
    assert not Hosting(slug="click").is_held(now)


def test_a_token_is_in_no_representation() -> None:
    assert "secret-token" not in repr(Hosting(slug="click", token="secret-token"))


def test_a_bundles_path_is_signed_for_its_digest_and_always_the_same() -> None:
    path = bundle_path(SHA, "secret")
    assert path == bundle_path(SHA, "secret")
    *_, signature, name = path.split("/")
    assert name == bundle_key(SHA).removeprefix("bundles/")
    assert is_bundle_signature(signature, SHA, "secret")
    assert not is_bundle_signature(signature, "cd" * 32, "secret")
    assert not is_bundle_signature(signature, SHA, "another")
    assert not is_bundle_signature("ä", SHA, "secret")
