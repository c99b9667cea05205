"""Runtime bundles for a local Ray and for a cluster."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from libs.common.blobs.links import load_link_secret
from libs.common.database.client import Database
from libs.common.hosting import bundle_key, is_bundle_signature
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from libs.common.ray_head import RayHead
from services.importer.app import application
from services.importer.context import Importer
from services.importer.hosting.bundle import Bundles
from tests.conftest import MakeSettings
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import zipped


@pytest.fixture
async def parts(
    make_settings: MakeSettings, mongo_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[Parts]:
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name, host_experiments=False)
    async with (
        open_parts(settings, Limits(idle_poll_seconds=0.2), service="importer") as parts,
        application(parts, examples=tmp_path / "none"),
    ):
        await Bench(parts, Importer.of(parts)).run(zipped(sample("my-exp")), slug="my-exp")
        yield parts


async def test_a_local_ray_reads_a_file_named_by_its_content(parts: Parts, tmp_path: Path) -> None:
    head = RayHead(address="127.0.0.1:1", token_file=tmp_path / "token", folder=tmp_path)
    registered = await Importer.of(parts).registry.get("my-exp")
    address = await Bundles(parts, head).of(registered)
    path = Path(urlsplit(address).path)
    content = path.read_bytes()
    assert path.stem == hashlib.sha256(content).hexdigest()
    assert path.stat().st_mode & 0o044 == 0o044
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
    assert {
        "pkg/experiments/__init__.py",
        "pkg/experiments/my-exp/actor.py",
        "pkg/experiment_db.py",
        "pkg/experiment_host.py",
        "pkg/experiment_worker.py",
    } <= names
    assert "pkg/__init__.py" not in names
    assert await Bundles(parts, head).of(registered) == address


async def test_the_base_holds_no_experiment(parts: Parts, tmp_path: Path) -> None:
    head = RayHead(address="127.0.0.1:1", token_file=tmp_path / "token", folder=tmp_path)
    address = await Bundles(parts, head).base()
    with zipfile.ZipFile(urlsplit(address).path) as archive:
        assert not [name for name in archive.namelist() if "experiments/" in name]


async def test_a_cluster_asks_the_gateway(parts: Parts) -> None:
    registered = await Importer.of(parts).registry.get("my-exp")
    address = await Bundles(parts, None).of(registered)
    assert address.startswith(f"{parts.settings.base_url}/internal/bundles/")
    *_, signature, name = address.split("/")
    sha256 = name.removesuffix(".zip")
    assert is_bundle_signature(signature, sha256, await load_link_secret(parts.database))
    async with parts.blobs.open(bundle_key(sha256)) as chunks:
        content = b"".join([chunk async for chunk in chunks])
    assert hashlib.sha256(content).hexdigest() == sha256
    assert await Bundles(parts, None).of(registered) == address
