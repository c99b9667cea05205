"""What an export leaves behind when it does not end well: nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any

import psutil
import pytest

from libs.common.blobs import Blob
from libs.common.blobs.errors import StorageUnavailable
from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from services.exporter.export import Exporter
from tests.integration.services.exporter.conftest import Register, make_run


class Storage:
    """Takes the first chunk of an object, then does as it is told."""

    def __init__(self, real: Any, *, fails: bool) -> None:
        self._real = real
        self._fails = fails
        self.begun = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> Blob:
        if not key.startswith("exports/"):
            return await self._real.put(key, chunks)  # type: ignore[no-any-return]
        async for _ in chunks:
            self.begun.set()
            if self._fails:
                raise StorageUnavailable("The storage is gone.")
            await asyncio.Event().wait()
        raise AssertionError("an archive has chunks")


def conversions() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children() if "services.exporter.converters" in command(child)
    ]


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


async def large(parts: Parts) -> None:
    rows = [{"_id": n, "text": "text " * 200} for n in range(10_000)]
    await parts.database["click_rows"].insert_many(rows)


def exporter_on(parts: Parts, storage: Storage) -> Exporter:
    """With its spools on disk."""
    limits = parts.limits.model_copy(update={"spool_memory_limit": 1000})
    return Exporter(replace(parts, blobs=storage, limits=limits))


async def assert_nothing_is_left(parts: Parts) -> None:
    assert conversions() == []
    assert [blob.key async for blob in parts.blobs.list("exports/")] == []
    assert await parts.database["export_logs"].count_documents({}) == 0
    assert await parts.database["export_claims"].count_documents({}) == 0
    assert list((parts.settings.home / "spool").iterdir()) == []


async def test_a_cancelled_export_leaves_nothing(register: Register, parts: Parts) -> None:
    await register("click")
    await large(parts)
    storage = Storage(parts.blobs, fails=False)
    exporter = exporter_on(parts, storage)
    work = asyncio.create_task(exporter.export("click", ExportKind.STANDALONE, make_run(parts)))
    await asyncio.wait_for(storage.begun.wait(), 30)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await assert_nothing_is_left(parts)


async def test_an_export_that_cannot_be_stored_leaves_nothing(register: Register, parts: Parts) -> None:
    await register("click")
    await large(parts)
    exporter = exporter_on(parts, Storage(parts.blobs, fails=True))
    with pytest.raises(StorageUnavailable):
        await exporter.export("click", ExportKind.STANDALONE, make_run(parts))
    await assert_nothing_is_left(parts)


async def test_progress_of_an_export_is_noted(register: Register, parts: Parts) -> None:
    await register("click")
    await large(parts)
    run = make_run(parts)
    completed = await Exporter(parts).export("click", ExportKind.STANDALONE, run)
    stages = [each.stage for each in run.noted]
    assert (stages[0], set(stages[1:-1]), stages[-1]) == ("reading", {"packing"}, "storing")
    packed = [each.done or 0 for each in run.noted[1:-1]]
    assert packed == sorted(packed)
    assert packed[-1] == completed.file_size
