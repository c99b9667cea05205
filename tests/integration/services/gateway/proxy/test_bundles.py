"""Code for the nodes of a Ray cluster, which have no token: the address is the permission."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from libs.common.blobs.links import load_link_secret
from libs.common.hosting import bundle_key, bundle_path
from tests.integration.services.gateway.house import Gateway

CONTENT = b"PK" + bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


async def content() -> AsyncIterator[bytes]:
    yield CONTENT


async def test_a_signed_address_gives_the_bundle(gateway: Gateway) -> None:
    await gateway.parts.blobs.put(bundle_key(SHA256), content())
    path = bundle_path(SHA256, await load_link_secret(gateway.parts.database))
    async with gateway.http.get(path, headers={"X-Forwarded-For": "10.0.0.9"}) as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        assert await answer.read() == CONTENT


async def test_no_other_address_does(gateway: Gateway) -> None:
    await gateway.parts.blobs.put(bundle_key(SHA256), content())
    path = bundle_path(SHA256, await load_link_secret(gateway.parts.database))
    other = hashlib.sha256(b"other").hexdigest()
    for wrong in (
        path.replace(SHA256, other),
        bundle_path(SHA256, "another secret"),
        bundle_path(other, await load_link_secret(gateway.parts.database)),
        f"/internal/bundles//{SHA256}.zip",
    ):
        async with gateway.http.get(wrong) as answer:
            assert answer.status == 404
