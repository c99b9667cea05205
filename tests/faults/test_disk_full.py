"""The disk under a service is full: the job fails and says why, nothing half done stays, and the service goes on.

A service sees a small file system in memory in place of its folder, mounted in a namespace of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.common.tether import tethered
from tests.e2e.road import answered
from tests.faults import work
from tests.faults.cluster import Cluster, Servers, cluster
from tests.faults.work import Ask
from tests.integration.services.importer.uploads import experiment, zipped
from tests.servers.rabbitmq import RabbitmqNode

ROOM_MIB = 6
LARGE = 2 * ROOM_MIB * 2**20

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1_500)]


def in_little_room(folder: Path, command: list[str]) -> list[str]:
    """The command with `folder` on a file system of its own; tethered inside, as a change of rights cuts the tether."""
    unshare = shutil.which("unshare")
    assert unshare is not None, "util-linux is not installed"
    script = 'mkdir -p "$1" && mount -t tmpfs -o "size=$2" tmpfs "$1" && shift 2 && exec "$@"'
    return [unshare, "-rm", "sh", "-c", script, "sh", str(folder), f"{ROOM_MIB}m", *tethered(command)]


@pytest.fixture
def platform(rabbitmq_node: RabbitmqNode, mongo_uri: str, tmp_path: Path) -> Iterator[Cluster]:
    """Not started yet, so that a test can choose who has little room."""
    name = f"room_{uuid4().hex}"
    rabbitmq_node.management.call("PUT", f"/vhosts/{name}", {})
    servers = Servers(f"{rabbitmq_node.amqp_url}/{name}", mongo_uri, name)
    own = {"SHARED_STORAGE_DIR": tmp_path / "storage", "JOB_ATTEMPTS": 2, "SPOOL_MEMORY_LIMIT": "64KiB"}
    replicas = {"gateway": 1, "exporter": 1, "importer": 1}
    with cluster(tmp_path, servers, replicas=replicas, settings=own) as running:
        yield running


def confine(platform: Cluster, name: str, folder: Path) -> Path:
    """Start a service again with little room in a folder; how others reach that folder."""
    process = platform.processes[name]
    process.stop()
    process.command = in_little_room(folder, process.command)
    process.start()
    return Path(f"/proc/{process.process.pid}/root{folder}")


async def ended(http: httpx.AsyncClient, ask: Ask) -> dict[str, Any]:
    """The job of an ask at its end."""
    files = {"file": ("upload.zip", ask.file, "application/zip")} if ask.file is not None else None
    headers = {"Prefer": "wait=30"}
    response = await http.request(ask.method, ask.path, files=files, data=ask.fields or None, headers=headers)
    job_id = response.json()["job_id"]
    while (job := answered(await http.get(f"/api/jobs/{job_id}", headers=headers)))["state"] in {
        "queued",
        "running",
    }:
        pass
    return job


async def test_under_the_spool(platform: Cluster, tmp_path: Path) -> None:
    room = confine(platform, "exporter-0", tmp_path / "exporter-0")
    database = platform.database()
    rows = [{"_id": number, "noise": os.urandom(LARGE // 24)} for number in range(24)]
    await database["click_noise"].insert_many(rows)
    async with platform.client() as http:
        failed = await ended(http, work.export("click", "standalone"))
        assert (failed["state"], failed["error"]["code"]) == ("failed", "disk-full"), failed
        assert list((room / "spool").iterdir()) == []
        await database.drop_collection("click_noise")
        assert (await ended(http, work.export("click", "standalone")))["state"] == "succeeded"
    database.client.close()


async def test_under_the_working_copies(platform: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "importer-0"
    small = experiment("room")
    large: dict[str, str | bytes] = {**small, "static/noise.bin": os.urandom(LARGE)}
    room = confine(platform, "importer-0", folder)
    async with platform.client() as http:
        assert (await ended(http, work.upload("room", zipped(small))))["state"] == "succeeded"
        failed = await ended(http, work.upload("room", zipped(large)))
        assert (failed["state"], failed["error"]["code"]) == ("failed", "disk-full"), failed
        copied = {path.name for path in (room / "experiments" / "room").iterdir()}
        assert copied == small.keys()
        again = experiment("room", version__py="number = 2\n")
        assert (await ended(http, work.upload("room", zipped(again))))["state"] == "succeeded"
        versions = answered(await http.get("/api/experiments/room/versions"))["versions"]
        assert [version["revision"] for version in versions] == [2, 1]


async def test_under_the_storage(platform: Cluster, tmp_path: Path) -> None:
    room = confine(platform, "gateway-0", tmp_path / "storage")
    large: dict[str, str | bytes] = {**experiment("room"), "static/noise.bin": os.urandom(LARGE)}
    async with platform.client() as http:
        files = {"file": ("upload.zip", zipped(large), "application/zip")}
        refused = await http.post("/admin/api/upload-experiment", files=files)
        assert refused.status_code == 503, refused.text
        assert "No space left" in refused.json()["detail"]
        assert [path for path in room.rglob("*") if path.is_file()] == []
        assert (await http.get("/readyz")).status_code == 200
