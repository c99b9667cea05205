"""Work that is quick, work that takes time, work that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from entrepot_client import (
    Clear,
    ExportKind,
    ImportOptions,
    NotUnderstood,
    Progress,
    Refused,
    StillRunning,
    Unreachable,
    WithData,
)

from .platform import client_of
from .samples import JOB, accepted, export, import_result, job, problem

EXPORT = "GET /api/package-docker/click"
ASKED = f"GET /api/jobs/{JOB}"
IMPORT = "POST /api/upload-experiment"


def done(content: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=content)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "click_upload.zip"
    path.write_bytes(b"PK" + bytes(200_000))
    return path


async def test_quick_work_is_answered_at_once() -> None:
    async with client_of({EXPORT: [done(export())]}) as (client, platform):
        made = await client.exports.make("click", ExportKind.DOCKER)

    assert (made.filename, made.file_size) == ("click.zip", 3)
    assert len(platform.asked) == 1


async def test_slow_work_is_waited_for_and_asked_for_again_by_its_key() -> None:
    progress = {"stage": "reading", "done": 5, "total": 9, "unit": "documents"}
    answers: dict[str, list[httpx.Response | Exception]] = {
        EXPORT: [accepted(), done(export())],
        ASKED: [done(job("queued")), done(job(progress=progress)), done(job("succeeded", result={}))],
    }
    told: list[Progress] = []
    async with client_of(answers) as (client, platform):
        made = await client.exports.make("click", ExportKind.DOCKER, tell=told.append)

    assert made.job_id == JOB
    assert [(each.stage, each.done, each.total) for each in told] == [("reading", 5, 9)]
    first, *_, last = platform.sent("Idempotency-Key")
    assert first == last is not None


async def test_why_an_export_failed_is_raised() -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        EXPORT: [accepted(), problem(404, "experiment-not-found")],
        ASKED: [done(job("failed"))],
    }
    async with client_of(answers) as (client, _):
        with pytest.raises(Refused) as refused:
            await client.exports.make("click", ExportKind.DOCKER)

    assert refused.value.code == "experiment-not-found"


async def test_a_platform_that_restarts_meanwhile_is_waited_for() -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        EXPORT: [accepted(), done(export())],
        ASKED: [
            httpx.ConnectError("refused"),
            problem(503, "unavailable"),
            httpx.ReadError("reset"),
            done(job("succeeded", result={})),
        ],
    }
    async with client_of(answers) as (client, platform):
        await client.exports.make("click", ExportKind.DOCKER)

    assert len(platform.asked) == 6


async def test_a_platform_that_stays_away_is_not_waited_for_for_ever() -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        EXPORT: [accepted()],
        ASKED: [httpx.ConnectError("refused")],
    }
    async with client_of(answers, patience_seconds=0) as (client, _):
        with pytest.raises(Unreachable):
            await client.exports.make("click", ExportKind.DOCKER)


async def test_a_refusal_meanwhile_is_final() -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        EXPORT: [accepted()],
        ASKED: [problem(401, "unauthenticated")],
    }
    async with client_of(answers) as (client, platform):
        with pytest.raises(Refused):
            await client.exports.make("click", ExportKind.DOCKER)

    assert len(platform.asked) == 2


async def test_work_beyond_all_patience_goes_on_without_us() -> None:
    async with client_of({EXPORT: [accepted()], ASKED: [done(job())]}, work_seconds=0) as (client, _):
        with pytest.raises(StillRunning, match="goes on without us") as still:
            await client.exports.make("click", ExportKind.DOCKER)

    assert still.value.job.id == JOB


async def test_a_file_is_sent_with_its_fields(packed: Path) -> None:
    told: list[Progress] = []
    options = ImportOptions(slug="copy", dry_run=True, with_data=WithData.MERGE)
    content = {"status": "success", "job_id": JOB, **import_result()}
    async with client_of({IMPORT: [done(content)]}) as (client, platform):
        planned = await client.imports.upload(packed, options, tell=told.append)

    body = platform.asked[0].content
    assert packed.read_bytes() in body
    for part in (
        b'name="file"; filename="click_upload.zip"',
        b'name="slug_id"\r\n\r\ncopy',
        b'name="dry_run"\r\n\r\n1',
    ):
        assert part in body
    assert b"plan_digest" not in body
    assert planned.plan.added == ("actor.py",)
    assert (told[-1].stage, told[-1].done, told[-1].total) == ("uploading", 200_002, 200_002)


async def test_a_slow_import_is_sent_once_and_read_from_its_job(packed: Path) -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        IMPORT: [accepted()],
        ASKED: [done(job()), done(job("succeeded", result=import_result(revision=7)))],
    }
    async with client_of(answers) as (client, platform):
        imported = await client.imports.upload(packed)

    assert (imported.job_id, imported.revision) == (JOB, 7)
    assert [each.method for each in platform.asked].count("POST") == 1


async def test_a_slow_import_tells_all_problems(packed: Path) -> None:
    wrong = {"category": "file", "code": "missing-file", "path": "actor.py", "message": "It is missing."}
    error = {
        "code": "invalid-input",
        "status": 422,
        "message": "No.",
        "problems": [wrong],
        "extensions": {"plan": 1},
    }
    answers: dict[str, list[httpx.Response | Exception]] = {
        IMPORT: [accepted()],
        ASKED: [done(job("failed", error=error))],
    }
    async with client_of(answers) as (client, _):
        with pytest.raises(Refused, match="No") as refused:
            await client.imports.upload(packed)

    assert (refused.value.status, refused.value.details.job_id) == (422, JOB)
    assert [each.message for each in refused.value.problems] == ["It is missing."]
    assert refused.value.extensions == {"plan": 1}


async def test_a_cancelled_import_says_by_whom(packed: Path) -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        IMPORT: [accepted()],
        ASKED: [done(job("cancelled", cancel_requested_by="ada@example.org"))],
    }
    async with client_of(answers) as (client, _):
        with pytest.raises(Refused, match=f"{JOB} was cancelled by ada@example.org") as refused:
            await client.imports.upload(packed)

    assert (refused.value.status, refused.value.code) == (409, "job-cancelled")


async def test_a_result_of_another_kind_is_not_understood(packed: Path) -> None:
    answers: dict[str, list[httpx.Response | Exception]] = {
        IMPORT: [accepted()],
        ASKED: [done(job("succeeded", result={"rows": 7}))],
    }
    async with client_of(answers) as (client, _):
        with pytest.raises(NotUnderstood, match=JOB):
            await client.imports.upload(packed)


@pytest.mark.parametrize(
    ("clear", "field"),
    [(Clear.NOTHING, None), (Clear.COMPANIES, b"clear_existing"), (Clear.ALL, b"clear_all")],
)
async def test_a_dump_says_what_it_clears(packed: Path, clear: Clear, field: bytes | None) -> None:
    summary = dict.fromkeys(
        ("companies_imported", "employees_imported", "shifts_imported", "schedule_entries_imported"), 0
    )
    counts = dict.fromkeys(("insert", "update", "leave", "delete"), 0)
    plan = dict.fromkeys(("company", "shift", "employee", "scheduleentry"), counts)
    answer = {
        "status": "success",
        "message": "Imported.",
        "import_summary": summary,
        "job_id": JOB,
        "dry_run": False,
        "plan": plan,
        "warnings": [],
    }
    async with client_of({"POST /api/upload-benchmark-results": [done(answer)]}) as (client, platform):
        await client.benchmarks.upload(packed, clear=clear)

    body = platform.asked[0].content
    assert [name for name in (b"clear_existing", b"clear_all") if name in body] == ([field] if field else [])
