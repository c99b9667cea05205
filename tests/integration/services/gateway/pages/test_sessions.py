"""Sessions: what opens and ends them, and what they do not let through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from libs.common.database.client import Database
from libs.common.database.collections import SESSIONS
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.tokens import TokenStore
from services.gateway.auth.attempts import ATTEMPT_LIMIT
from services.gateway.auth.session import REMEMBER_SECONDS, SESSION_COOKIE, Sessions
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, open_house, serve, until
from tests.servers.binaries import free_port

from .browser import HTML, Browser


async def forgotten(gateway: Gateway, browser: Browser) -> bool:
    """Whether the session no longer counts, as it does within `REMEMBER_SECONDS`."""
    async with browser.http.get("/session") as answer:
        return answer.status == 401


async def test_the_cookie_is_out_of_reach_and_unreadable_in_the_database(
    gateway: Gateway, browser: Browser
) -> None:
    answer = await browser.sign_in(browser.issued.secret)
    cookie = answer.cookies[SESSION_COOKIE]

    assert (cookie["httponly"], cookie["samesite"], cookie["secure"], cookie["path"]) == (
        True,
        "Strict",
        "",
        "/",
    )
    stored = await gateway.parts.database[SESSIONS].find().to_list(None)
    assert all(cookie.value not in str(document) for document in stored)
    assert all(browser.issued.secret not in str(document) for document in stored)


async def test_it_is_told_who_is_signed_in(browser: Browser) -> None:
    async with browser.http.get("/session") as answer:
        told = await answer.json()

    assert (told["email"], told["role"]) == ("dev@example.org", "developer")
    assert told["csrf_token"] == await browser.csrf_token()


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "\N{SNOWMAN}"}])
async def test_without_the_csrf_token_nothing_is_changed(browser: Browser, headers: dict[str, str]) -> None:
    async with browser.http.post("/api/experiments/click/sync", headers=headers) as answer:
        assert answer.status == 403
        assert (await answer.json())["type"] == "urn:entrepot:problem:csrf"


async def test_with_the_csrf_token_it_is(browser: Browser) -> None:
    headers = {"X-CSRF-Token": await browser.csrf_token(), "Prefer": "respond-async"}
    async with browser.http.post("/api/experiments/click/sync", headers=headers) as answer:
        assert answer.status == 202


async def test_a_bearer_token_needs_none_and_comes_first(gateway: Gateway, browser: Browser) -> None:
    headers = {"Authorization": "Bearer wrong", "X-CSRF-Token": await browser.csrf_token()}
    async with browser.http.post("/api/experiments/click/sync", headers=headers) as answer:
        assert answer.status == 401
    right = {"Authorization": f"Bearer {browser.issued.secret}", "Prefer": "respond-async"}
    async with browser.http.post("/api/experiments/click/sync", headers=right) as answer:
        assert answer.status == 202


async def test_a_revoked_token_ends_its_sessions(gateway: Gateway, browser: Browser) -> None:
    await browser.show("/")
    await TokenStore(gateway.parts.database).revoke(browser.issued.token.id)

    await until(lambda: forgotten(gateway, browser), seconds=REMEMBER_SECONDS + 5)


async def test_a_session_ends_by_itself(gateway: Gateway, browser: Browser) -> None:
    past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
    await gateway.parts.database[SESSIONS].update_many({}, past)

    await until(lambda: forgotten(gateway, browser), seconds=REMEMBER_SECONDS + 5)
    async with browser.http.get("/jobs?state=failed", headers=HTML, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login?next=%2Fjobs%3Fstate%3Dfailed")


async def test_a_session_outlives_its_token_in_no_case(gateway: Gateway, browser: Browser) -> None:
    store = TokenStore(gateway.parts.database)
    issued = await store.create(
        email="short@example.org", role=browser.issued.token.role, name="t", life=timedelta(minutes=5)
    )
    opened = await Sessions(gateway.parts.database, store).open(issued.secret)

    assert opened.signed_in.expires_at <= issued.token.expires_at


async def test_signing_out_needs_the_token_and_ends_the_session(gateway: Gateway, browser: Browser) -> None:
    async with browser.http.post("/logout", data={"csrf_token": "wrong"}, allow_redirects=False) as answer:
        assert answer.status == 403
    token = {"csrf_token": await browser.csrf_token()}
    async with browser.http.post("/logout", data=token, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login")

    assert await forgotten(gateway, browser)
    assert await gateway.parts.database[SESSIONS].count_documents({}) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_other_site_signs_anybody_in(browser: Browser, headers: dict[str, str]) -> None:
    answer = await browser.sign_in(browser.issued.secret, **headers)

    assert (answer.status, answer.cookies) == (403, {})


@pytest.mark.parametrize(
    "elsewhere", ["//elsewhere.example", "/\\elsewhere.example", "https://x", "/a\r\nb: c"]
)
async def test_nobody_is_led_elsewhere(browser: Browser, elsewhere: str) -> None:
    form = {"token": browser.issued.secret, "next": elsewhere}
    async with browser.http.post("/login", data=form, headers=HTML, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/"


async def test_wrong_tokens_are_braked(browser: Browser) -> None:
    statuses = [(await browser.sign_in("entrepot_wrong")).status for _ in range(ATTEMPT_LIMIT + 1)]

    assert statuses == [401] * ATTEMPT_LIMIT + [429]
    assert (await browser.sign_in(browser.issued.secret)).status == 429


async def test_behind_https_the_cookie_is_secure(
    make_settings: MakeSettings, limits: Limits, database: Database
) -> None:
    settings = make_settings(port=free_port(), public_url="https://entrepot.example", trust_loopback=False)
    async with open_house(settings, limits, database) as parts, serve(parts), aiohttp.ClientSession() as http:
        issued = await TokenStore(database).create(email="a@x", role=Role.VIEWER, name="test")
        address = f"http://127.0.0.1:{settings.port}/login"
        async with http.post(address, data={"token": issued.secret}, allow_redirects=False) as answer:
            assert answer.cookies[SESSION_COOKIE]["secure"] is True
