"""What is the platform's stays at the platform; what an experiment is told of its visitors is true."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.jobs.model import Role
from libs.common.tokens import TokenStore
from tests.integration.services.gateway.house import Gateway

from .host import FakeHost, record

FOREIGN_ORIGIN = {"Origin": "http://elsewhere.example"}
"""Loopback trust does not reach a page of somebody else's: such a visitor is a guest."""


async def shown(gateway: Gateway, path: str = "/experiments/click/", **headers: str) -> dict[str, Any]:
    async with gateway.http.get(path, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        headers_seen: dict[str, Any] = (await answer.json())["headers"]
        return headers_seen


def user_of(headers: dict[str, Any], token: str) -> dict[str, str] | None:
    """As a host reads it: only what is signed with its own token."""
    if "x-entrepot-user" not in headers:
        return None
    [value] = headers["x-entrepot-user"]
    payload, _, signature = value.rpartition(".")
    assert signature == hmac.new(token.encode(), payload.encode(), hashlib.sha256).hexdigest()
    user: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload))
    return user


async def test_loopback_is_the_operator(gateway: Gateway, host: FakeHost) -> None:
    assert user_of(await shown(gateway), host.token) == {
        "user_id": "operator@localhost",
        "email": "operator@localhost",
        "role": "admin",
    }


async def test_a_token_of_ours_names_its_holder_and_stays_here(gateway: Gateway, host: FakeHost) -> None:
    headers = await shown(gateway, **await gateway.token(Role.DEVELOPER))
    user = user_of(headers, host.token)
    assert user is not None
    assert (user["email"], user["role"]) == ("developer@example.org", "developer")
    assert "authorization" not in headers


@pytest.mark.parametrize("value", ["Bearer of-the-experiment", "Basic dXNlcjpwdw==", "Digest a=b, c=d"])
async def test_other_credentials_are_the_experiments(gateway: Gateway, host: FakeHost, value: str) -> None:
    headers = await shown(gateway, Authorization=value, **FOREIGN_ORIGIN)
    assert headers["authorization"] == [value]
    assert user_of(headers, host.token) is None


async def test_an_expired_token_of_ours_goes_nowhere(gateway: Gateway, host: FakeHost) -> None:
    store = TokenStore(gateway.parts.database)
    issued = await store.create(email="x@example.org", role=Role.ADMIN, name="old", life=timedelta(-1))
    async with gateway.http.get(
        "/experiments/click/", headers={"Authorization": f"Bearer {issued.secret}"}
    ) as answer:
        assert answer.status == 401
    assert not host.requests


async def test_nobody_can_claim_to_be_somebody(gateway: Gateway, host: FakeHost) -> None:
    forged = {
        "X-Entrepot-User": "forged",
        "X-Entrepot-Host-Token": "forged",
        "X-Entrepot-Anything": "forged",
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Port": "1",
        "Forwarded": "for=6.6.6.6",
        "X-Real-IP": "6.6.6.6",
    }
    headers = await shown(gateway, **forged)
    assert user_of(headers, host.token) is None  # a forwarding header ends loopback trust, too
    assert headers["x-entrepot-host-token"] == [host.token]
    assert headers["x-forwarded-for"] == ["127.0.0.1"]
    assert headers["x-forwarded-proto"] == ["http"]
    assert headers["x-forwarded-host"] == [f"127.0.0.1:{gateway.parts.settings.port}"]
    assert not {"x-entrepot-anything", "x-forwarded-port", "forwarded", "x-real-ip"} & headers.keys()


async def test_hop_by_hop_headers_stop_here(gateway: Gateway, host: FakeHost) -> None:
    sent = {
        "Connection": "X-Secret-Hop, close",
        "X-Secret-Hop": "1",
        "TE": "trailers",
        "Keep-Alive": "timeout=5",
        "Proxy-Authorization": "Basic eA==",
        "Proxy-Connection": "keep-alive",
        "Upgrade": "h2c",
    }
    headers = await shown(gateway, **sent)
    names = {name.lower() for name in sent} - {"connection"}
    assert not names & headers.keys()
    assert "x-secret-hop" not in headers.get("connection", [""])[0].lower()


async def test_cookies_go_through_but_not_ours(gateway: Gateway, host: FakeHost) -> None:
    headers = await shown(gateway, Cookie='a=1; entrepot_session=secret; b="x y"; entrepot_session_not=2')
    assert headers["cookie"] == ['a=1; b="x y"; entrepot_session_not=2']
    assert "cookie" not in await shown(gateway, Cookie="entrepot_session=secret")


async def test_nothing_is_added_to_what_clients_say(gateway: Gateway, host: FakeHost) -> None:
    port = gateway.parts.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /experiments/click/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    )
    raw = await reader.read()
    writer.close()
    body = raw.partition(b"\r\n\r\n")[2]
    headers = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])["headers"]
    assert not {"accept", "accept-encoding", "user-agent", "content-type"} & headers.keys()


@pytest.mark.parametrize(
    ("manifest", "role", "status"),
    [
        ({"auth_required": True}, None, 401),
        ({"auth_required": True}, Role.VIEWER, 200),
        ({"auth_policy": {"required": True, "allowed_roles": ["developer"]}}, Role.VIEWER, 403),
        ({"auth_policy": {"required": True, "allowed_roles": ["developer"]}}, Role.DEVELOPER, 200),
        ({"auth_policy": {"something": "else"}}, Role.DEVELOPER, 403),
        ({"auth_policy": {"something": "else"}}, Role.ADMIN, 200),
        ({"auth_policy": {"something": "else"}}, None, 401),
        ({}, None, 200),
    ],
)
async def test_policies_are_checked_before_the_experiment_is_asked(
    gateway: Gateway, host: FakeHost, manifest: dict[str, Any], role: Role | None, status: int
) -> None:
    await gateway.register("guarded", **manifest)
    await record(gateway.parts.database, "guarded", host)
    headers = await gateway.token(role) if role else FOREIGN_ORIGIN
    async with gateway.http.get("/experiments/guarded/", headers=headers) as answer:
        assert answer.status == status
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    assert len(host.requests) == (1 if status == 200 else 0)


async def test_operators_settings_count_before_the_manifest(gateway: Gateway, host: FakeHost) -> None:
    await gateway.parts.database[EXPERIMENTS_CONFIG].update_one(
        {"_id": "click"}, {"$set": {"platform.settings": {"auth_required": True}}}
    )
    async with gateway.http.get("/experiments/click/", headers=FOREIGN_ORIGIN) as answer:
        assert answer.status == 401
