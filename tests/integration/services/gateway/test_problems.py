"""Whatever goes wrong leaves as problem+json, and nothing of ours with it."""

from __future__ import annotations

import pytest

from libs.common.database.collections import EXPERIMENTS_CONFIG
from services.gateway.problems import MEDIA_TYPE

from .house import Gateway


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_an_address_that_does_not_exist(gateway: Gateway, method: str) -> None:
    async with gateway.http.request(method, "/nowhere") as response:
        body = await response.json(content_type=MEDIA_TYPE)

    assert (response.status, body["type"]) == (404, "urn:entrepot:problem:not-found")


async def test_a_method_that_does_not_exist_there(gateway: Gateway) -> None:
    for method, path in (("PUT", "/api/jobs"), ("HEAD", "/api/package-docker/click")):
        async with gateway.http.request(method, path) as response:
            assert response.status == 405
            assert response.headers["Allow"] == "GET"
            assert response.content_type == MEDIA_TYPE


async def test_a_fault_of_ours_gives_an_id_and_no_details(gateway: Gateway) -> None:
    await gateway.parts.database[EXPERIMENTS_CONFIG].insert_one({"_id": "broken", "secret": "s3cr3t"})

    async with gateway.http.get("/api/experiments/broken") as response:
        text = await response.text()
        body = await response.json(content_type=MEDIA_TYPE)

    assert response.status == 500
    assert body["type"] == "urn:entrepot:problem:internal"
    assert body["instance"].startswith("urn:uuid:")
    assert "s3cr3t" not in text
    assert "platform" not in text


async def test_health(gateway: Gateway) -> None:
    for path in ("/livez", "/livez/", "/readyz", "/readyz/"):
        async with gateway.http.get(path) as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
