"""A storage that counts, times and traces what is written to and read from it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from libs.common.blobs import Blob, BlobStore
from libs.common.telemetry.metrics import STORAGE_BYTES, STORAGE_SECONDS
from libs.common.telemetry.tracing import span


class ObservedBlobs:
    """Any adapter of the port, with spans and counters around it."""

    def __init__(self, inner: BlobStore) -> None:
        self._inner = inner

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> Blob:
        with _observed("put", key):
            blob = await self._inner.put(key, chunks)
        STORAGE_BYTES.labels("written").inc(blob.size)
        return blob

    def open(self, key: str, *, start: int = 0) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._open(key, start)

    @asynccontextmanager
    async def _open(self, key: str, start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        with _observed("read", key):
            async with self._inner.open(key, start=start) as chunks:
                yield _counted(chunks)

    async def head(self, key: str) -> Blob | None:
        with _observed("head", key):
            return await self._inner.head(key)

    async def delete(self, key: str) -> None:
        with _observed("delete", key):
            await self._inner.delete(key)

    def list(self, prefix: str) -> AsyncIterator[Blob]:
        return self._inner.list(prefix)

    async def link(self, key: str, *, filename: str, seconds: int) -> str:
        return await self._inner.link(key, filename=filename, seconds=seconds)

    def uri(self, key: str) -> str:
        return self._inner.uri(key)

    async def check(self) -> None:
        await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()


async def _counted(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    read = STORAGE_BYTES.labels("read")
    async for chunk in chunks:
        read.inc(len(chunk))
        yield chunk


@contextmanager
def _observed(operation: str, key: str) -> Iterator[None]:
    began, outcome = time.perf_counter(), "failed"
    try:
        with span(f"storage {operation}", kind="client", key=key):
            yield
        outcome = "done"
    finally:
        STORAGE_SECONDS.labels(operation, outcome).observe(time.perf_counter() - began)
