"""Storage refuses, breaks off, says nothing or is slow in the middle of an upload: tried again, or clearly given up."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from aiobotocore.config import AioConfig

from libs.common.blobs import BlobStore
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.s3 import open_s3_blobs
from libs.common.blobs.s3_client import CONFIG
from libs.common.blobs.s3_upload import PART_BYTES
from tests.conftest import MakeSettings
from tests.faults.conftest import Broken
from tests.faults.outage import lossless
from tests.servers.faulty_s3 import Fault, FaultyS3, faulty_s3
from tests.servers.s3 import S3Server

SMALL, LARGE = 1_000, 3 * PART_BYTES + 1
SILENCE_SECONDS = 0.5

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(600),
    # The HTTP library closes in good order, so a connection lingers whose other side does not read.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def proxied(s3_server: S3Server) -> Iterator[tuple[FaultyS3, S3Server]]:
    with faulty_s3(s3_server) as made:
        yield made


@pytest.fixture
def storage(proxied: tuple[FaultyS3, S3Server]) -> Iterator[FaultyS3]:
    yield proxied[0]
    proxied[0].recover()


@pytest.fixture
async def blobs(
    proxied: tuple[FaultyS3, S3Server], make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[BlobStore]:
    """As services use it, but less patient with silence, and without pauses between tries."""
    impatient = CONFIG.merge(AioConfig(read_timeout=SILENCE_SECONDS))
    monkeypatch.setattr("libs.common.blobs.s3_client.CONFIG", impatient)
    monkeypatch.setattr("libs.common.blobs.s3_client.TRY_SECONDS", 2 * SILENCE_SECONDS)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    made = await open_s3_blobs(make_settings(**asdict(proxied[1])))
    yield made
    await made.close()
    await asyncio.sleep(0)  # its connections close in the loop's next turn


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 2**18):
        yield content[start : start + 2**18]


def new_key() -> str:
    return f"faults/{os.urandom(8).hex()}.bin"


@pytest.mark.parametrize(
    ("size", "fault"),
    [(SMALL, Fault.SLOW_DOWN), (SMALL, Fault.RESET), *((LARGE, fault) for fault in Fault)],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
async def test_a_fault_that_passes_is_not_noticed(
    blobs: BlobStore, storage: FaultyS3, size: int, fault: Fault
) -> None:
    content, key = os.urandom(size), new_key()
    storage.fail(fault, "PUT", times=2)
    stored = await blobs.put(key, chunks(content))

    assert storage.hits == 2
    assert stored.size == size
    async with blobs.open(key) as read:
        assert b"".join([chunk async for chunk in read]) == content


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
async def test_a_fault_that_stays_ends_the_upload_with_its_reason(
    blobs: BlobStore, storage: FaultyS3, fault: Fault
) -> None:
    key = new_key()
    storage.fail(fault, "PUT")
    with pytest.raises(StorageUnavailable) as error:
        await blobs.put(key, chunks(os.urandom(LARGE)))

    assert storage.server.b2_secret_access_key not in str(error.value)
    storage.recover()
    assert await blobs.head(key) is None


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
async def test_readiness_and_reading_say_so(blobs: BlobStore, storage: FaultyS3, fault: Fault) -> None:
    key = new_key()
    await blobs.put(key, chunks(b"content"))
    storage.fail(fault, "GET", "HEAD")
    for reading in (blobs.check(), blobs.head(key), read_all(blobs, key)):
        with pytest.raises(StorageUnavailable):
            await reading


async def read_all(blobs: BlobStore, key: str) -> bytes:
    async with blobs.open(key) as read:
        return b"".join([chunk async for chunk in read])


@pytest.mark.soak
@pytest.mark.xdist_group("faults")
@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("fault", [Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET], ids=lambda f: f.name)
async def test_jobs_outlast_a_storage_that_fails(platform: Broken, tmp_path: Path, fault: Fault) -> None:
    """Longer than the tries of one request, so that jobs go back to the queue; shorter than their five attempts."""
    async with lossless(platform.cluster, tmp_path) as outage:
        platform.storage.fail(fault, "PUT", "POST", "GET", "HEAD")
        try:
            asking = asyncio.create_task(outage.burst())
            await outage.until_readyz(503)
        finally:
            platform.storage.recover()
        await asking


@pytest.mark.soak
@pytest.mark.xdist_group("faults")
@pytest.mark.timeout(1_500)
async def test_jobs_outlast_a_storage_that_is_slow(platform: Broken, tmp_path: Path) -> None:
    async with lossless(platform.cluster, tmp_path) as outage:
        platform.storage.delay = 1.0
        try:
            await outage.burst()
            await outage.ledger.balanced(seconds=400)
        finally:
            platform.storage.recover()
