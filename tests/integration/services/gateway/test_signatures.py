"""Signatures of exports over HTTP."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator

import pytest

from libs.common.database.client import Database
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from libs.common.signature import ExportSignature
from libs.common.signing import check_signature
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port

from .house import Gateway, exporter, open_house, serve

SECRET = b64encode(bytes(range(32))).decode()


@pytest.fixture
async def signing(make_settings: MakeSettings, limits: Limits, database: Database) -> AsyncIterator[Gateway]:
    settings = make_settings(port=free_port(), export_signing_key=SECRET)
    async with open_house(settings, limits, database) as parts, serve(parts) as gateway, exporter(parts):
        await gateway.register("click")
        yield gateway


async def test_an_export_is_signed_when_its_signature_is_asked_for(signing: Gateway) -> None:
    async with signing.http.get("/api/package-upload-ready/click") as response:
        made = await response.json()
    async with signing.http.get(made["download_url"]) as response:
        content = await response.read()
    async with signing.http.get(f"/api/exports/{made['export_id']}/signature") as response:
        assert response.status == 200
        assert f"{made['filename']}.sig" in response.headers["Content-Disposition"]
        signed = ExportSignature.model_validate(await response.json())
    async with signing.http.get("/api/signing-key", headers={"Host": "elsewhere"}) as response:
        public_key = (await response.json())["public_key"]

    check_signature(signed, hashlib.sha256(content).hexdigest(), public_key)


async def test_there_is_none_of_what_was_never_exported(signing: Gateway) -> None:
    async with signing.http.get("/api/exports/none/signature") as response:
        assert (response.status, (await response.json())["type"]) == (
            404,
            "urn:entrepot:problem:export-not-found",
        )


async def test_the_secret_is_nowhere(signing: Gateway) -> None:
    for path in ("/api/signing-key", "/readyz", "/metrics", "/api/exports"):
        async with signing.http.get(path, headers=await signing.token(Role.ADMIN)) as response:
            assert SECRET not in await response.text()
    assert SECRET not in repr(signing.parts.settings)


@pytest.mark.parametrize("path", ["/api/signing-key", "/api/exports/none/signature"])
async def test_without_a_key_nothing_is_signed(gateway: Gateway, path: str) -> None:
    async with gateway.http.get(path) as response:
        assert (response.status, (await response.json())["type"]) == (
            404,
            "urn:entrepot:problem:nothing-signed",
        )
