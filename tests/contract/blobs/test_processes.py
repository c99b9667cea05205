"""Storage seen from processes that are killed, and how much memory they take."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.tether import tethered
from tests.contract.blobs.adapters import Adapter
from tests.contract.blobs.streams import MIB, keys, read, stream

MOST_GROWTH = 16 * MIB
"""What 200 MiB may take more than 40 MiB take; the rest is the allocator's."""


@asynccontextmanager
async def writer(adapter: Adapter, task: str, key: str, size: int) -> AsyncIterator[Process]:
    command = tethered([sys.executable, "-m", "tests.contract.blobs.writer", task, key, str(size)])
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, env={**os.environ, **adapter.environment}
    )
    try:
        async with asyncio.timeout(90):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_a_killed_writer_leaves_nothing_and_the_key_stays_free(adapter: Adapter) -> None:
    key = f"{adapter.folder}x"
    async with writer(adapter, "stall", key, 40 * MIB) as process:
        assert await read_line(process) == "writing"
        process.kill()
        await process.wait()
    assert await adapter.store.head(key) is None
    assert await keys(adapter.store, adapter.folder) == []
    await adapter.store.put(key, stream(b"again"))
    assert await read(adapter.store, key) == b"again"


async def test_memory_does_not_grow_with_the_object(adapter: Adapter) -> None:
    async with writer(adapter, "measure", f"{adapter.folder}x", 200 * MIB) as process:
        growth = int(await read_line(process))
        assert await process.wait() == 0
    assert growth < MOST_GROWTH
