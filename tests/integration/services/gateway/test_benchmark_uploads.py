"""Upload of benchmark dumps through the gateway to a service at work (seed, Upload Methods)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.parts import Parts
from services.benchmarks.app import application
from tests.conftest import MakeSettings
from tests.integration.services.benchmarks.desk import dump_of, facts, load, packed, tiny, until, zip_of
from tests.integration.services.gateway.house import Gateway, open_house, serve
from tests.servers.binaries import free_port

PATH = "/api/upload-benchmark-results/"
FOREIGN = {"Origin": "https://elsewhere.example"}
"""No loopback trust for this caller."""


@pytest.fixture
def limits() -> Limits:
    return Limits(benchmark_packed_limit=64 * 1024, wait_seconds=30, drain_seconds=2, idle_poll_seconds=0.5)


@pytest.fixture
async def manned(gateway: Gateway) -> AsyncIterator[Gateway]:
    """A gateway with a benchmarks service behind it."""
    async with application(gateway.parts):
        yield gateway


async def upload(
    gateway: Gateway, content: bytes, *, headers: dict[str, str] | None = None, **fields: str
) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("file", content, filename="benchmark_dump.zip", content_type="application/zip")
    for name, value in fields.items():
        form.add_field(name, value)
    async with gateway.http.post(PATH, data=form, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_the_answer_is_the_seed_s(manned: Gateway, tmp_path: Path) -> None:
    status, answer = await upload(manned, zip_of(tmp_path, dump_of(tiny())))
    assert (status, answer["status"]) == (200, "success")
    assert answer["import_summary"] == {
        "companies_imported": 1,
        "employees_imported": 2,
        "shifts_imported": 2,
        "schedule_entries_imported": 0,
        "errors": [],
    }
    assert "Acme" in await facts(manned.parts.database)
    await until(lambda: _stored_nothing(manned.parts), what="the upload is deleted")


async def test_fields_choose_dry_run_and_clearing(manned: Gateway, tmp_path: Path) -> None:
    await load(manned.parts.database, dump_of(tiny(people=["Old"])))
    content = zip_of(tmp_path, dump_of(tiny()))
    _, told = await upload(manned, content, dry_run="1", clear_existing="1")
    assert (told["dry_run"], told["plan"]["employee"]["delete"]) == (True, 1)
    _, done = await upload(manned, content, clear_existing="1")
    assert done["plan"] == told["plan"]
    workplace, _ = (await facts(manned.parts.database))["Acme"]
    assert [person.name for person in workplace.employees] == ["Ada", "Bo"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"benchmark_export.json": b"[]"}, "old-export"),
        ({"dump.sql": b"DROP TABLE company;"}, "sql-dump"),
        ({"folder/benchmark_dump.json": b"[]"}, "no-dump"),
        ({"../benchmark_dump.json": b"[]"}, "parent-folder"),
        ({"benchmark_dump.json": b'[{"model": "auth.user", "pk": 1, "fields": {}}]'}, None),
        ({"benchmark_dump.json": b"[" * 100_000}, None),
        ({"benchmark_dump.json": "[]".encode("utf-16")}, None),
        ({"benchmark_dump.json": b"[]"}, None),
        ({"benchmark_dump.json": b'[{"model":"rostering_app.company","pk":1,"fields":{}}' * 9}, None),
        ({"benchmark_dump.json": b"[" + b"0" * 30_000_000 + b"]"}, None),
    ],
)
async def test_hostile_dumps_get_a_4xx_and_change_nothing(
    manned: Gateway, members: dict[str, bytes], code: str | None
) -> None:
    await load(manned.parts.database, dump_of(tiny()))
    before = await facts(manned.parts.database)
    status, problem = await upload(manned, packed(members))
    assert 400 <= status < 500, problem
    assert problem["errors"]
    assert code is None or code in {error["code"] for error in problem["errors"]}
    assert await facts(manned.parts.database) == before
    await until(lambda: _stored_nothing(manned.parts), what="the upload is deleted")


async def test_too_large_is_413_and_no_zip_415(manned: Gateway) -> None:
    assert (await upload(manned, b"PK\x03\x04" + bytes(200_000)))[0] == 413
    assert (await upload(manned, b"no ZIP at all"))[0] == 415
    assert await _stored_nothing(manned.parts)


async def test_a_token_is_needed_without_loopback_trust(gateway: Gateway, tmp_path: Path) -> None:
    content = zip_of(tmp_path, dump_of(tiny()))
    assert (await upload(gateway, content, headers=FOREIGN))[0] == 401
    viewer = FOREIGN | await gateway.token(Role.VIEWER)
    assert (await upload(gateway, content, headers=viewer))[0] == 403


async def test_clearing_everything_is_the_administrator_s(gateway: Gateway, tmp_path: Path) -> None:
    headers = FOREIGN | await gateway.token(Role.DEVELOPER)
    status, _ = await upload(gateway, zip_of(tmp_path, dump_of(tiny())), headers=headers, clear_all="1")
    assert status == 403
    assert await _stored_nothing(gateway.parts)


async def test_anonymous_uploads_work_where_the_operator_says_so(
    make_settings: MakeSettings, limits: Limits, database: Any, tmp_path: Path
) -> None:
    settings = make_settings(port=free_port(), trust_loopback=False, benchmark_upload_anonymous=True)
    content = zip_of(tmp_path, dump_of(tiny()))
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway, application(parts):
        assert (await upload(gateway, content))[0] == 200
        assert (await upload(gateway, content, clear_all="1"))[0] == 403
        assert (await upload(gateway, content, headers={"Authorization": "Bearer wrong"}))[0] == 401
        admin = await gateway.token(Role.ADMIN)
        assert (await upload(gateway, content, headers=admin, clear_all="1"))[0] == 200


async def test_upload_status_tells_how(gateway: Gateway) -> None:
    async with gateway.http.get("/api/upload-status/", headers=FOREIGN) as response:
        answer = await response.json()
    assert answer["status"] == "ready"
    assert set(answer["instructions"]) == {
        "format",
        "max_size",
        "endpoint",
        "method",
        "content_type",
        "export_command",
    }
    assert answer["instructions"]["endpoint"].endswith(PATH)


async def _stored_nothing(parts: Parts) -> bool:
    return [blob.key async for blob in parts.blobs.list("uploads/")] == []
