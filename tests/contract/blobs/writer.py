"""A process of its own that stores an object: `stall KEY SIZE`, to be killed, or `measure KEY SIZE`."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator

from libs.common.blobs import BlobStore
from libs.common.blobs.s3 import open_s3_blobs
from libs.common.settings import Settings
from tests.contract.blobs.adapters import open_local
from tests.contract.blobs.streams import MIB


async def content(size: int) -> AsyncIterator[bytes]:
    chunk = bytes(MIB)
    for _ in range(size // MIB):
        yield chunk


async def stall(store: BlobStore, key: str, size: int) -> None:
    """Say so when all but the end is on its way, and never come to the end."""

    async def without_end() -> AsyncIterator[bytes]:
        async for chunk in content(size):
            yield chunk
        print("writing", flush=True)
        await asyncio.Event().wait()

    await store.put(key, without_end())


async def measure(store: BlobStore, key: str, size: int) -> None:
    """Print by how many bytes memory grew at most while an object was stored and read."""
    await store.put(f"{key}.warm", content(40 * MIB))  # what libraries and pools take once is not counted
    before = peak()
    await store.put(key, content(size))
    async with store.open(key) as chunks:
        received = sum([len(chunk) async for chunk in chunks])
    assert received == size
    print(peak() - before, flush=True)


def peak() -> int:
    """Bytes of resident memory at most, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def main(task: str, key: str, size: int) -> None:
    settings = Settings()
    store: BlobStore = await open_s3_blobs(settings) if settings.uses_b2 else open_local(settings)
    await {"stall": stall, "measure": measure}[task](store, key, size)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
