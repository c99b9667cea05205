"""Answers of servers that the suite has none of: without conditional writes, with lost answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from libs.common.blobs import BlobExists
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.s3 import S3Blobs
from libs.common.blobs.s3_client import region_of
from tests.unit.libs.common.blobs.fake_s3 import Answer, FakeS3, refusal


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def store_on(client: FakeS3) -> S3Blobs:
    return S3Blobs(cast(Any, client), cast(Any, client), "bucket", AsyncExitStack())


def knows_no_conditions(server: FakeS3, request: dict[str, Any]) -> None:
    if "IfNoneMatch" in request:
        raise refusal(501, "NotImplemented")
    server.store(request)


async def test_a_server_without_conditional_writes_is_asked_once_and_served_without() -> None:
    server = FakeS3(knows_no_conditions)
    store = store_on(server)
    await store.put("a", stream(b"a"))
    await store.put("b", stream(b"b"))
    assert server.conditions == ["*", None, None]
    with pytest.raises(BlobExists):
        await store.put("a", stream(b"again"))


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
async def test_a_write_whose_answer_was_lost_and_whose_retry_is_refused_has_succeeded(code: str) -> None:
    def stores_and_refuses(server: FakeS3, request: dict[str, Any]) -> None:
        server.store(request)
        raise refusal(412, code)

    blob = await store_on(FakeS3(stores_and_refuses)).put("a", stream(b"a"))
    assert blob.size == 1


async def test_a_refused_write_of_what_another_has_stored_says_so() -> None:
    def another_was_first(server: FakeS3, request: dict[str, Any]) -> None:
        server.store({**request, "Metadata": {"write-id": "another"}})
        raise refusal(412, "PreconditionFailed")

    with pytest.raises(BlobExists):
        await store_on(FakeS3(another_was_first)).put("a", stream(b"a"))


def refuses(server: FakeS3, request: dict[str, Any]) -> None:
    raise refusal(409, "ConditionalRequestConflict")


def loses(server: FakeS3, request: dict[str, Any]) -> None:
    """Says yes and keeps nothing."""


def cuts(server: FakeS3, request: dict[str, Any]) -> None:
    server.store({**request, "Body": BytesIO()})


def is_busy(server: FakeS3, request: dict[str, Any]) -> None:
    raise refusal(503, "ServiceUnavailable")


def is_out_of_reach(server: FakeS3, request: dict[str, Any]) -> None:
    raise EndpointConnectionError(endpoint_url="https://s3.example/?X-Amz-Credential=KEY")


@pytest.mark.parametrize("answer", [refuses, loses, cuts, is_busy, is_out_of_reach])
async def test_anything_else_is_unavailable_and_tells_no_address(answer: Answer) -> None:
    with pytest.raises(StorageUnavailable) as raised:
        await store_on(FakeS3(answer)).put("a", stream(b"a"))
    assert "KEY" not in raised.value.detail
    assert raised.value.status == 503


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://s3.us-west-004.backblazeb2.com", "us-west-004"),
        ("https://s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("https://s3.fr-par.scw.cloud/", "fr-par"),
        ("https://s3.amazonaws.com", "us-east-1"),
        ("https://account.r2.cloudflarestorage.com", "us-east-1"),
        ("http://127.0.0.1:9000", "us-east-1"),
        ("http://minio:9000", "us-east-1"),
    ],
)
def test_signatures_name_the_region_of_the_host(endpoint: str, region: str) -> None:
    assert region_of(endpoint) == region
