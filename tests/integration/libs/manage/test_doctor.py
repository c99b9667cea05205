"""The doctor finds what is broken in real parts, and names the remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.common.database.client import Database
from libs.common.jobs.model import NewJob, Requester, Role
from libs.common.jobs.store import JobStore
from libs.manage.doctor.command import examine
from libs.manage.doctor.finding import Finding, Verdict
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port

Surroundings = Callable[..., None]


@pytest.fixture
def surroundings(
    make_settings: MakeSettings,  # clears what the environment names
    mongo_uri: str,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Surroundings:
    def give(**variables: object) -> None:
        values = {
            "ENTREPOT_HOME": tmp_path,
            "MONGO_URI": mongo_uri,
            "DB_NAME": database.name,
            "PORT": free_port(),
        }
        for name, value in {**values, **variables}.items():
            monkeypatch.setenv(name, str(value))

    return give


async def findings() -> dict[str, Finding]:
    """The worst finding of each check."""
    worst: dict[str, Finding] = {}
    order = list(Verdict)
    async for finding in examine():
        known = worst.get(finding.check)
        if known is None or order.index(finding.verdict) > order.index(known.verdict):
            worst[finding.check] = finding
    return worst


async def test_parts_in_order_are_said_to_be(surroundings: Surroundings) -> None:
    surroundings()
    found = await findings()
    assert {
        found[check].verdict for check in ("settings", "database", "clock", "bus", "storage", "jobs")
    } == {Verdict.OK}
    assert found["gateway"].verdict is Verdict.WARNING  # none runs here
    assert found["tokens"].verdict is Verdict.FAILED
    assert "tokens create" in found["tokens"].remedy


async def test_a_database_out_of_reach_is_named_and_hides_nothing_else(surroundings: Surroundings) -> None:
    surroundings(MONGO_URI=f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=500")
    found = await findings()
    assert found["database"].verdict is Verdict.FAILED
    assert "MONGO_URI" in found["database"].remedy
    assert {"disk", "address", "gateway"} <= found.keys()


async def test_a_broker_out_of_reach_hides_no_storage(surroundings: Surroundings, tmp_path: Path) -> None:
    surroundings(AMQP_URL=f"amqp://nobody@127.0.0.1:{free_port()}", SHARED_STORAGE_DIR=tmp_path / "shared")
    found = await findings()
    assert found["bus"].verdict is Verdict.FAILED
    assert "AMQP_URL" in found["bus"].remedy
    assert found["storage"].verdict is Verdict.OK


async def test_a_storage_out_of_reach_is_named(surroundings: Surroundings) -> None:
    surroundings(
        B2_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}",
        B2_BUCKET_NAME="bucket",
        B2_ACCESS_KEY_ID="key",
        B2_SECRET_ACCESS_KEY="secret-0123456789",
    )
    found = await findings()
    assert found["storage"].verdict is Verdict.FAILED
    assert "secret-0123456789" not in str(found)


async def test_settings_that_are_no_settings_are_all_listed(surroundings: Surroundings) -> None:
    surroundings(PORT="eighty", WORKERS=0)
    said = [finding async for finding in examine()]
    assert [each.verdict for each in said] == [Verdict.FAILED, Verdict.FAILED]
    assert {each.detail.split(":")[0] for each in said} == {"port", "workers"}


async def test_jobs_that_nobody_takes_are_told(surroundings: Surroundings, database: Database) -> None:
    surroundings()
    ana = Requester(email="ana@example.org", role=Role.VIEWER)
    jobs = JobStore(database, lease_seconds=5)
    created = await jobs.create(NewJob(kind="export.request", subject="click", requester=ana, input={}))
    await database["jobs"].update_one(
        {"_id": created.job.id}, {"$set": {"created_at": datetime.now(UTC) - timedelta(minutes=5)}}
    )
    said = [finding async for finding in examine() if finding.check == "jobs"]
    assert any("1 of export.request wait" in each.detail and "exporter" in each.remedy for each in said)
