"""Every endpoint against every kind of caller. What is not in the table does not exist."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from libs.common.database.client import Database
from libs.common.errors import Misconfigured
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.common.tokens import TokenStore
from services.gateway.app import application, endpoints
from services.gateway.auth.bearer import REMEMBER_SECONDS
from services.gateway.routes.benchmark_paths import COMPANY, EMPLOYEE
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port

from .house import Gateway, open_house, serve, until

PUBLIC, VIEWER, DEVELOPER, ADMIN = None, Role.VIEWER, Role.DEVELOPER, Role.ADMIN

TABLE = {
    ("GET", "/livez"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/downloads/{token}/{filename}"): PUBLIC,
    ("HEAD", "/downloads/{token}/{filename}"): PUBLIC,
    ("GET", "/api/package-standalone/{slug}"): VIEWER,
    ("GET", "/api/package-upload-ready/{slug}"): VIEWER,
    ("GET", "/api/package-docker/{slug}"): VIEWER,
    ("GET", "/api/exports"): VIEWER,
    ("GET", "/api/exports/{export_id}"): VIEWER,
    ("GET", "/api/exports/{export_id}/download"): VIEWER,
    ("GET", "/api/exports/{export_id}/signature"): VIEWER,
    ("GET", "/api/signing-key"): PUBLIC,
    ("GET", "/api/audit"): ADMIN,
    ("GET", "/api/experiments"): VIEWER,
    ("GET", "/api/experiments/{slug}"): VIEWER,
    ("GET", "/api/experiments/{slug}/versions"): VIEWER,
    ("GET", "/api/experiments/{slug}/estimate"): VIEWER,
    ("GET", "/api/jobs"): VIEWER,
    ("GET", "/api/jobs/{job_id}"): VIEWER,
    ("DELETE", "/api/jobs/{job_id}"): VIEWER,
    ("POST", "/api/jobs/{job_id}/retry"): VIEWER,
    ("POST", "/admin/api/upload-experiment"): DEVELOPER,
    ("POST", "/api/upload-experiment"): DEVELOPER,
    ("GET", "/api/experiments/{slug}/versions/{revision}/download"): VIEWER,
    ("GET", "/api/experiments/{slug}/diff"): VIEWER,
    ("POST", "/api/experiments/{slug}/start"): DEVELOPER,
    ("POST", "/api/experiments/{slug}/stop"): DEVELOPER,
    ("POST", "/api/experiments/{slug}/clone"): DEVELOPER,
    ("POST", "/api/experiments/{slug}/rollback"): DEVELOPER,
    ("POST", "/api/experiments/{slug}/sync"): DEVELOPER,
    ("DELETE", "/api/experiments/{slug}"): ADMIN,
    (
        "*",
        "/experiments/{slug:[^/]+}",
    ): PUBLIC,  # `auth_required` of each experiment decides; the proxy's tests
    ("*", "/experiments/{slug}/{rest:.*}"): PUBLIC,
    ("GET", "/internal/bundles/{signature}/{sha256:[0-9a-f]{64}}.zip"): PUBLIC,  # the signature is the key
    ("HEAD", "/internal/bundles/{signature}/{sha256:[0-9a-f]{64}}.zip"): PUBLIC,
    ("GET", "/static/{digest}/{name:.*}"): PUBLIC,
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("POST", "/logout"): PUBLIC,
    ("GET", "/session"): VIEWER,
    ("GET", "/"): VIEWER,
    ("GET", "/jobs/recent"): VIEWER,
    ("GET", "/jobs"): VIEWER,
    ("GET", "/jobs/{job_id}"): VIEWER,
    ("GET", "/jobs/{job_id}/panel"): VIEWER,
    ("GET", "/jobs/{job_id}/log"): VIEWER,
    ("GET", "/admin"): DEVELOPER,
    ("GET", "/admin/experiments/{slug}"): VIEWER,
    ("GET", "/admin/experiments/{slug}/serving"): VIEWER,
    ("GET", "/admin/experiments/{slug}/exports"): VIEWER,
    ("GET", "/admin/experiments/{slug}/versions"): VIEWER,
    ("GET", "/events"): VIEWER,
    ("POST", "/api/upload-benchmark-results/"): DEVELOPER,
    ("GET", "/api/upload-status/"): PUBLIC,
    ("POST", "/api/benchmark-runs"): DEVELOPER,
    ("GET", "/api/benchmark-runs"): VIEWER,
    ("GET", "/api/benchmark-runs/{run_id}"): VIEWER,
    ("POST", "/api/benchmark-dumps"): VIEWER,
    ("GET", "/api/benchmark-dumps/{job_id}/download"): VIEWER,
    ("GET", "/api/companies"): VIEWER,
    ("GET", COMPANY): VIEWER,
    ("GET", f"{COMPANY}/algorithms"): VIEWER,
    ("GET", f"{COMPANY}/shifts"): VIEWER,
    ("GET", f"{COMPANY}/employees"): VIEWER,
    ("GET", f"{COMPANY}/schedule"): VIEWER,
    ("GET", COMPANY + "/day/{date}"): VIEWER,
    ("GET", f"{EMPLOYEE}/schedule"): VIEWER,
    ("GET", f"{EMPLOYEE}/yearly"): VIEWER,
    ("GET", f"{COMPANY}/employee-statistics"): VIEWER,
    ("GET", f"{COMPANY}/analytics"): VIEWER,
    ("GET", "/metrics"): ADMIN,
    ("GET", "/benchmarks"): VIEWER,
    ("GET", r"/benchmarks/{company_id:\d{1,19}}"): VIEWER,
    ("GET", r"/benchmarks/{company_id:\d{1,19}}/plots/{name:[a-z0-9.-]{1,40}}.{suffix:csv|json|svg}"): VIEWER,
    ("GET", r"/benchmarks/{company_id:\d{1,19}}/roster"): VIEWER,
    ("GET", "/upload-benchmark"): VIEWER,
    ("GET", "/docs"): VIEWER,
    ("GET", "/docs/events"): VIEWER,
    ("POST", "/api/experiments/{slug}/restore-data"): DEVELOPER,
    ("GET", "/api/events"): VIEWER,
    ("GET", "/api/jobs/{job_id}/events"): VIEWER,
    ("POST", "/api/webhooks"): DEVELOPER,
    ("GET", "/api/webhooks"): DEVELOPER,
    ("GET", "/api/webhooks/{webhook_id}"): DEVELOPER,
    ("PATCH", "/api/webhooks/{webhook_id}"): DEVELOPER,
    ("DELETE", "/api/webhooks/{webhook_id}"): DEVELOPER,
    ("GET", "/api/webhooks/{webhook_id}/deliveries"): DEVELOPER,
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): DEVELOPER,
    ("GET", "/openapi.json"): PUBLIC,
    ("GET", "/asyncapi.json"): PUBLIC,
    ("GET", "/schemas/{version}/{name}.json"): PUBLIC,
    ("GET", COMPANY + "/roster.{suffix:csv|ics}"): VIEWER,
    ("GET", EMPLOYEE + "/roster.{suffix:csv|ics}"): VIEWER,
}
NEEDS_TOKEN = [route for route, role in TABLE.items() if role is not None]
RANK = list(Role)
PAIRS = [(route, role, least) for route, least in TABLE.items() if least for role in Role]
REFUSED = [(route, role) for route, role, least in PAIRS if RANK.index(role) < RANK.index(least)]
ALLOWED = [(route, role) for route, role, least in PAIRS if RANK.index(role) >= RANK.index(least)]


def address(path: str) -> str:
    """Nothing of these names exists, so who is let in is answered 404, or 400 for the missing form."""
    nobody = (
        "token",
        "filename",
        "slug",
        "export_id",
        "job_id",
        "run_id",
        "webhook_id",
        "delivery_id",
        "name",
    )
    names = dict.fromkeys(nobody, "none") | {"suffix": "csv", "version": "1"}
    plain = re.sub(r"{(\w+):(?:[^{}]|{[^{}]*})*}", r"{\1}", path)  # without the patterns
    return plain.format(**names, revision="1", company_id="0", employee_id="0", date="2025-01-01")


async def status_of(gateway: Gateway, route: tuple[str, str], headers: dict[str, str]) -> int:
    method, path = route
    headers = headers | {"Prefer": "respond-async"}
    async with gateway.http.request(method, address(path), headers=headers) as response:
        if response.status == 401:
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
        return response.status


@pytest.fixture
async def guarded(make_settings: MakeSettings, limits: Limits, database: Database) -> AsyncIterator[Gateway]:
    """A gateway that trusts nobody without a token."""
    settings = make_settings(port=free_port(), trust_loopback=False)
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway:
        yield gateway


def test_the_table_names_every_endpoint(gateway: Gateway) -> None:
    declared = {(entry.method, entry.path): entry.access.role for entry in endpoints(gateway.parts)}

    assert declared == TABLE


async def test_nobody_without_a_right_token_gets_past(guarded: Gateway) -> None:
    store = TokenStore(guarded.parts.database)
    expired = await store.create(email="e@x", role=ADMIN, name="t", life=timedelta(seconds=-1))
    revoked = await store.create(email="r@x", role=ADMIN, name="t")
    await store.revoke(revoked.token.id)
    wrong = ["", "Bearer", "Bearer x y", "Basic YTpi", "Bearer wrong", "Bearer \N{SNOWMAN}"]
    tokens = [f"Bearer {issued.secret}" for issued in (expired, revoked)]

    for route in NEEDS_TOKEN:
        assert await status_of(guarded, route, {}) == 401, route
    for authorization in [*wrong, *tokens]:
        for route in NEEDS_TOKEN[:2]:
            assert await status_of(guarded, route, {"Authorization": authorization}) == 401, authorization


async def test_a_role_below_is_refused(guarded: Gateway) -> None:
    for route, role in REFUSED:
        assert await status_of(guarded, route, await guarded.token(role)) == 403, (route, role)


async def test_a_role_that_suffices_is_let_in(guarded: Gateway) -> None:
    for route, role in ALLOWED:
        assert await status_of(guarded, route, await guarded.token(role)) in {200, 202, 400, 404, 422}, (
            route,
            role,
        )


async def test_public_addresses_need_no_token(guarded: Gateway) -> None:
    assert await status_of(guarded, ("GET", "/livez"), {}) == 200
    assert await status_of(guarded, ("GET", "/readyz/"), {}) == 200
    assert await status_of(guarded, ("GET", "/downloads/{token}/{filename}"), {}) == 403


async def test_a_revoked_token_is_worth_nothing_within_seconds(guarded: Gateway) -> None:
    headers = await guarded.token(VIEWER)
    assert await status_of(guarded, ("GET", "/api/jobs"), headers) == 200
    [token] = await TokenStore(guarded.parts.database).all()

    await TokenStore(guarded.parts.database).revoke(token.id)

    async def refused() -> bool:
        return await status_of(guarded, ("GET", "/api/jobs"), headers) == 401

    await until(refused, seconds=REMEMBER_SECONDS + 2)


async def test_the_operator_at_this_machine_needs_no_token(gateway: Gateway) -> None:
    assert await status_of(gateway, ("GET", "/api/jobs"), {}) == 200
    port = gateway.parts.settings.port
    assert await status_of(gateway, ("GET", "/api/jobs"), {"Host": f"localhost:{port}"}) == 200
    own = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    assert await status_of(gateway, ("GET", "/api/jobs"), own) == 200


async def test_a_wrong_token_is_not_made_good_by_loopback(gateway: Gateway) -> None:
    assert await status_of(gateway, ("GET", "/api/jobs"), {"Authorization": "Bearer wrong"}) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.org"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"Forwarded": "for=10.0.0.1"},
        {"X-Real-IP": "10.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
async def test_what_may_come_from_elsewhere_is_not_trusted(gateway: Gateway, headers: dict[str, str]) -> None:
    assert await status_of(gateway, ("GET", "/api/jobs"), headers) == 401


@pytest.mark.parametrize(
    "real",
    [
        {"amqp_url": "amqp://localhost"},
        {"mongo_uri": "mongodb://localhost"},
        {"host": "::1", "trust_loopback": "0"},
    ],
)
async def test_real_parts_end_the_trust(
    make_settings: MakeSettings, limits: Limits, database: Database, real: dict[str, str]
) -> None:
    settings = make_settings(port=free_port(), **real)
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway:
        assert await status_of(gateway, ("GET", "/api/jobs"), {}) == 401


def public(make_settings: MakeSettings, **values: object) -> Settings:
    return make_settings(host="0.0.0.0", port=free_port(), public_url="http://127.0.0.1", **values)


async def test_on_a_public_address_it_does_not_start_without_a_token(
    make_settings: MakeSettings, limits: Limits, database: Database
) -> None:
    async with open_house(public(make_settings), limits, database) as parts:
        with pytest.raises(Misconfigured, match="ENTREPOT_ADMIN_TOKEN"):
            async with application(parts):
                pass


async def test_the_settings_token_is_the_first(
    make_settings: MakeSettings, limits: Limits, database: Database
) -> None:
    settings = public(make_settings, admin_token="a-long-secret-of-the-operator")
    settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{settings.port}"})
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway:
        headers = {"Authorization": "Bearer a-long-secret-of-the-operator"}
        assert await status_of(gateway, ("DELETE", "/api/experiments/{slug}"), headers) == 404
        assert await status_of(gateway, ("GET", "/api/jobs"), {}) == 401


async def test_a_port_that_is_taken_is_named(gateway: Gateway) -> None:
    with pytest.raises(Misconfigured, match=str(gateway.parts.settings.port)):
        async with application(gateway.parts):
            pass
