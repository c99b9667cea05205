"""What passes through the gateway is never held in it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from libs.common.database.client import Database
from tests.servers.binaries import free_port
from tests.servers.entrepot import service, started

MIB = 2**20
SIZE = 300 * MIB
BLOCK = hashlib.sha256(b"block").digest() * (MIB // 32)
TOKEN = "memory-test-token"
GROWTH = 60 * MIB
"""Buffers of one upload are below 5 MiB; the rest is for the allocator."""


async def _zip_of_size() -> AsyncIterator[bytes]:
    yield b"PK\x03\x04" + BLOCK[4:]
    for _ in range(SIZE // MIB - 1):
        yield BLOCK


async def _peak_during(process: psutil.Process, work: Coroutine[Any, Any, None]) -> int:
    """The most memory of a process while something is done, sampled."""
    task, peak = asyncio.create_task(work), 0
    while not task.done():
        peak = max(peak, process.memory_info().rss)
        await asyncio.wait({task}, timeout=0.01)
    await task
    return peak


async def test_a_large_upload_takes_little_memory(mongo_uri: str, database: Database, tmp_path: Path) -> None:
    port, headers = free_port(), {"Authorization": f"Bearer {TOKEN}", "Prefer": "respond-async"}
    settings = {
        "MONGO_URI": mongo_uri,
        "DB_NAME": database.name,
        "ENTREPOT_HOME": tmp_path / "home",
        "ENTREPOT_ADMIN_TOKEN": TOKEN,
        "PORT": port,
    }
    gateway = service("gateway", tmp_path / "gateway.log", **settings)
    with started([gateway]):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:
            process = psutil.Process(gateway.process.pid)
            before = process.memory_info().rss
            peak = await _peak_during(process, _upload(http))

    [stored] = [path for path in (tmp_path / "home").rglob("*.zip") if path.is_file()]
    assert stored.stat().st_size == SIZE
    assert peak - before < GROWTH


async def _upload(http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData()
    form.add_field("file", _zip_of_size(), filename="large.zip", content_type="application/zip")
    async with http.post("/admin/api/upload-experiment", data=form) as response:
        assert response.status == 202, await response.text()
