"""Rosters of all seeds in storage, as compressed arrays; only the best of them is published."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Final

import numpy as np

from libs.common.benchmarks.model import RunDocument
from libs.common.blobs import BlobStore
from libs.common.events.envelope import new_id
from libs.common.threads import in_thread
from services.benchmarks.problem.arrays import RosterArray

ROSTERS: Final = "benchmark_rosters/"


async def store_roster(blobs: BlobStore, run: RunDocument, roster: RosterArray) -> str:
    """Its key in storage, new each time: a task that is tried again leaves the first one to the sweep."""
    key = f"{ROSTERS}{run.id}/{new_id()}.npz"
    await blobs.put(key, _once(await in_thread(_packed, roster)))
    return key


async def load_roster(blobs: BlobStore, key: str) -> RosterArray:
    """Raises: BlobNotFound, Unavailable."""
    async with blobs.open(key) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    return await in_thread(_unpacked, data)


def _packed(roster: RosterArray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, roster=roster)
    return file.getvalue()


def _unpacked(data: bytes) -> RosterArray:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        roster: RosterArray = arrays["roster"]
        return roster


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
