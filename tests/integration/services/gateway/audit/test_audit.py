"""Who did what over HTTP is noted, once and durably, and only administrators read it."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from pymongo.errors import ConnectionFailure
from structlog.testing import capture_logs

from libs.common.audit import AuditEntry, AuditLog, Outcome
from libs.common.database.client import Database
from libs.common.database.collections import AUDIT, ensure_indexes
from libs.common.jobs.model import Role
from services.gateway.audit.writer import AuditWriter
from tests.integration.services.gateway.house import Gateway, zip_of

YEAR = 365 * 24 * 3600


async def send(gateway: Gateway, method: str, path: str, role: Role | None, **options: Any) -> int:
    headers = await gateway.token(role) if role else {"Host": "elsewhere"}
    headers |= options.pop("headers", {})
    async with gateway.http.request(method, path, headers=headers, **options) as response:
        await response.read()
        return response.status


async def entries(gateway: Gateway, **query: str) -> list[dict[str, Any]]:
    """The newest first."""
    headers = await gateway.token(Role.ADMIN)
    async with gateway.http.get("/api/audit", params=query, headers=headers) as response:
        assert response.status == 200
        page = await response.json()
        found: list[dict[str, Any]] = page["entries"]
        return found


def short(entry: dict[str, Any]) -> tuple[object, ...]:
    return entry["actor"], entry["action"], entry.get("target"), entry["outcome"], entry["status"]


class TestWhatIsNoted:
    async def test_work_that_a_job_does(self, gateway: Gateway) -> None:
        at_once = {"Prefer": "respond-async"}
        assert await send(gateway, "GET", "/api/package-docker/click", Role.VIEWER, headers=at_once) == 202
        assert (
            await send(gateway, "POST", "/api/experiments/click/stop/", Role.DEVELOPER, headers=at_once)
            == 202
        )

        stopped, exported = await entries(gateway)
        assert short(stopped) == (
            "developer@example.org",
            "POST /api/experiments/{slug}/stop",
            "click",
            "accepted",
            202,
        )
        assert short(exported)[:2] == ("viewer@example.org", "GET /api/package-docker/{slug}")
        job = await gateway.parts.jobs.get(exported["job"])
        assert (job.kind, job.requester.email) == ("export.request", "viewer@example.org")

    async def test_an_upload_and_its_repetition(self, staffed: Gateway) -> None:
        content = zip_of({"manifest.json": b"{}"})
        for _ in range(2):
            form = {"file": io.BytesIO(content)}
            headers = {"Idempotency-Key": "once"}
            await send(staffed, "POST", "/api/upload-experiment", Role.DEVELOPER, data=form, headers=headers)
        second, first = await entries(staffed)
        assert second["action"] == first["action"] == "POST /api/upload-experiment"
        assert second.get("job") == first.get("job")

    async def test_what_needs_no_job(self, gateway: Gateway) -> None:
        body = {"url": "https://example.org/hook?key=a-secret"}
        assert await send(gateway, "POST", "/api/webhooks", Role.DEVELOPER, json=body) == 201
        (entry,) = await entries(gateway)
        assert short(entry) == ("developer@example.org", "POST /api/webhooks", None, "done", 201)
        assert "a-secret" not in str(entry)

    async def test_what_is_refused(self, gateway: Gateway) -> None:
        assert await send(gateway, "DELETE", "/api/experiments/click", Role.DEVELOPER) == 403
        assert await send(gateway, "DELETE", "/api/jobs/none", Role.VIEWER) == 404
        missing, forbidden = await entries(gateway)
        assert short(forbidden)[2:] == ("click", "refused", 403)
        assert short(missing)[2:] == ("none", "refused", 404)

    async def test_signing_in_and_failing_to(self, gateway: Gateway) -> None:
        token = (await gateway.token(Role.VIEWER))["Authorization"].removeprefix("Bearer ")
        for secret in (token, "entrepot_wrong"):
            await send(gateway, "POST", "/login", None, data={"token": secret})
        failed, signed_in = await entries(gateway)
        assert short(signed_in) == ("viewer@example.org", "POST /login", None, "done", 200)
        assert short(failed) == ("anonymous", "POST /login", None, "refused", 401)
        assert token not in str([failed, signed_in])

    async def test_neither_reading_nor_strangers_nor_experiments(self, gateway: Gateway) -> None:
        await send(gateway, "GET", "/api/jobs", Role.VIEWER)
        await send(gateway, "POST", "/api/webhooks", None)
        await send(gateway, "DELETE", "/no/such/address", Role.ADMIN)
        await send(gateway, "POST", "/experiments/click/x", Role.ADMIN)
        assert await entries(gateway) == []


class TestReading:
    async def test_by_actor_by_target_and_in_pages(self, gateway: Gateway) -> None:
        for slug in ("click", "old", "click"):
            await send(gateway, "DELETE", f"/api/experiments/{slug}", Role.DEVELOPER)
        await send(gateway, "POST", "/api/experiments/click/start", Role.VIEWER)

        assert len(await entries(gateway, target="click")) == 3
        assert len(await entries(gateway, actor="viewer@example.org")) == 1
        newest = await entries(gateway, limit="1")
        rest = await entries(gateway, before=newest[0]["id"])
        assert newest + rest == await entries(gateway)

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
    async def test_administrators_only(self, gateway: Gateway, role: Role) -> None:
        assert await send(gateway, "GET", "/api/audit", role) == 403


class TestWriter:
    def entry(self, number: int) -> AuditEntry:
        return AuditEntry(actor=f"{number}", action="x", outcome=Outcome.DONE)

    async def test_everything_is_written_before_it_is_answered(self, database: Database) -> None:
        await ensure_indexes(database)
        writer = AuditWriter(AuditLog(database, kept_seconds=YEAR))
        await asyncio.gather(*(writer.note(self.entry(number)) for number in range(500)))
        assert await database[AUDIT].count_documents({}) == 500

    async def test_an_entry_knows_its_end(self, database: Database) -> None:
        entry = self.entry(1)
        await AuditLog(database, kept_seconds=YEAR).record([entry])
        document = await database[AUDIT].find_one({})
        assert document is not None
        assert abs((document["expires_at"] - entry.at).total_seconds() - YEAR) < 1

    @pytest.mark.parametrize("error", [ConnectionFailure("away"), UnicodeEncodeError("utf-8", "", 0, 1, "")])
    async def test_what_cannot_be_written_is_in_the_log_of_the_service(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        class Away(AuditLog):
            async def record(self, entries: object) -> None:
                raise error

        writer = AuditWriter(Away(database, kept_seconds=YEAR))
        with capture_logs() as logged:
            for number in range(2):
                await asyncio.wait_for(writer.note(self.entry(number)), 10)
        assert [each["entries"][0]["actor"] for each in logged] == ["0", "1"]
