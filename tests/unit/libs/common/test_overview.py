"""What is told of experiments at a glance, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG, EXPORT_LOGS, ensure_indexes
from libs.common.hosting import Hosting, Hostings, HostingState
from libs.common.overview import ExperimentOverview, HostingOverview, Overviews, Serving
from libs.common.registry import Bundle, ExperimentNotFound, Platform, Registered

NOW = datetime(2024, 2, 29, tzinfo=UTC)
DIGEST = "3f9a1c2d4e5f" + "0" * 52


def registered(slug: str = "click", **manifest: Any) -> Registered:
    bundle = Bundle(key=f"{slug}/runtime-1.zip", sha256=DIGEST, size=1234)
    platform = Platform(revision=3, digest=DIGEST, bundle=bundle, author="ana@example.org", updated_at=NOW)
    return Registered(slug=slug, manifest=manifest, platform=platform, runtime_s3_uri="file:///x")


def hosting(**fields: Any) -> Hosting:
    return Hosting(slug="click", since=NOW, **fields)


def export(slug: str, number: int) -> dict[str, Any]:
    return {
        "_id": f"{slug}-{number}",
        "slug_id": slug,
        "export_type": "standalone",
        "user_email": "ana@example.org",
        "file_size": number,
        "checksum": f"{number}",
        "content_digest": f"{number}",
        "b2_file_name": f"exports/{slug}-{number}.zip",
        "created_at": NOW + timedelta(hours=number),
    }


@pytest.fixture
async def overviews(database: Database) -> Overviews:
    await ensure_indexes(database)
    for slug in ("click", "click_tracker", "old"):
        status = {"status": "archived"} if slug == "old" else {"name": slug.title()}
        await database[EXPERIMENTS_CONFIG].insert_one(registered(slug, **status).as_document())
    return Overviews(database)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, Serving.IDLE),
        ({"wanted_at": NOW}, Serving.STARTING),
        ({"off_revision": 1}, Serving.STOPPED),
        ({"off_revision": 1, "state": "running", "address": "http://a"}, Serving.STOPPING),
        ({"state": "starting"}, Serving.STARTING),
        ({"state": "running", "address": "http://a"}, Serving.SERVING),
        ({"state": "failed", "error": ["boom"]}, Serving.FAILED),
    ],
)
def test_what_visitors_meet(fields: dict[str, Any], state: Serving) -> None:
    assert HostingOverview.of(registered(), hosting(**fields)).state is state


def test_what_was_never_hosted_is_idle_since_ever() -> None:
    shown = HostingOverview.of(registered(), None)

    assert (shown.state, shown.since, shown.actor, shown.path) == (
        Serving.IDLE,
        None,
        None,
        "/experiments/click/",
    )


def test_what_is_not_active_is_not_served() -> None:
    archived = registered(status="archived")

    assert HostingOverview.of(archived, None).state is Serving.INACTIVE
    ends = hosting(state=HostingState.RUNNING, address="http://a")
    assert HostingOverview.of(archived, ends).state is Serving.STOPPING


def test_a_failed_update_tells_what_goes_on_serving_and_no_secret() -> None:
    record = hosting(
        state=HostingState.FAILED, address="http://a", token="hidden", revision=2, error=["x", "boom"]
    )

    shown = ExperimentOverview.of(registered(), record, None)

    assert (shown.revision, shown.hosting.serving_revision) == (3, 2)
    assert (shown.hosting.actor, shown.hosting.error) == ("click-actor", ["x", "boom"])
    assert "hidden" not in shown.model_dump_json()
    assert "http://a" not in shown.model_dump_json()


async def test_a_page_has_hosting_and_the_last_export_of_each(
    overviews: Overviews, database: Database
) -> None:
    await Hostings(database).write(
        "click", 1, state=HostingState.RUNNING, since=NOW, address="http://a", token="t", revision=3
    )
    for slug in ("click", "click_tracker"):
        await database[EXPORT_LOGS].insert_many([export(slug, number) for number in range(5)])

    first = await overviews.page(limit=2)
    second = await overviews.page(after=first[-1].slug, limit=2)

    shown = [*first, *second]
    assert [(each.slug, each.name, each.hosting.state) for each in shown] == [
        ("click", "Click", "serving"),
        ("click_tracker", "Click_Tracker", "idle"),
        ("old", "old", "inactive"),
    ]
    exports = [each.last_export.export_id if each.last_export else None for each in shown]
    assert exports == ["click-4", "click_tracker-4", None]
    assert shown[0].version == DIGEST[:12]
    assert await overviews.get("click") == shown[0]


async def test_what_is_not_registered(overviews: Overviews) -> None:
    with pytest.raises(ExperimentNotFound):
        await overviews.get("nobody")


async def test_exports_are_found_by_steps_in_the_index(overviews: Overviews, database: Database) -> None:
    """Ten exports of each, and no more documents are looked at than there are experiments."""
    for slug in ("click", "click_tracker"):
        await database[EXPORT_LOGS].insert_many([export(slug, number) for number in range(10)])
    await database.command("profile", 2)

    await overviews.page(limit=10)

    await database.command("profile", 0)
    commands = [
        entry async for entry in database["system.profile"].find({"ns": f"{database.name}.export_logs"})
    ]
    assert [entry["docsExamined"] for entry in commands] == [2]
    assert "DISTINCT_SCAN" in commands[0]["planSummary"]
