"""Each test of the port runs against the folder and against a real S3."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.blobs import BlobStore
from tests.conftest import MakeSettings
from tests.contract.blobs.adapters import Adapter, local_storage, s3_storage


@pytest.fixture
def folder() -> str:
    """Prefix of this test's keys; a given bucket is shared with others."""
    return f"test-{uuid.uuid4().hex}/"


@pytest.fixture(params=["local", "s3"])
async def adapter(
    request: pytest.FixtureRequest, tmp_path: Path, folder: str, make_settings: MakeSettings
) -> AsyncIterator[Adapter]:
    if request.param == "local":
        async with local_storage(tmp_path / "home", folder) as adapter:
            yield adapter
    else:
        async with s3_storage(request.getfixturevalue("s3_server"), folder) as adapter:
            yield adapter


@pytest.fixture
def store(adapter: Adapter) -> BlobStore:
    return adapter.store
