"""Objects in a folder: of this machine, or shared by all services (`SHARED_STORAGE_DIR`)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

import structlog

from libs.common.blobs import Blob, BlobExists, folder
from libs.common.blobs.chunks import regroup
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.keys import validate_key
from libs.common.blobs.links import GatewayLinks, LinkSigner

WRITE_BYTES = 2**20
"""Written at once, so that a stream of small chunks costs few changes of thread."""
READ_BYTES = 2**18
"""Read at once; what one download holds in memory."""
LIST_BATCH = 256
"""Objects looked at in one change of thread."""

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class LocalBlobs:
    """Links lead to the gateway."""

    def __init__(self, root: Path, *, base_url: str, signer: LinkSigner) -> None:
        self._root = root
        self.signer = signer
        self._links = GatewayLinks(base_url, signer)

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> Blob:
        if await self.head(key) is not None:
            raise BlobExists(f"{key} is stored already.")
        with _mapped_errors():
            file = await _in_thread(folder.NewFile, self._root)
        try:
            async for block in regroup(chunks, WRITE_BYTES):
                with _mapped_errors():
                    await _in_thread(file.write, block)
            with _mapped_errors():
                return await _in_thread(file.publish, key)
        finally:
            await _in_thread(file.close)

    @contextlib.asynccontextmanager
    async def open(self, key: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        with _mapped_errors():
            file = await _in_thread(folder.open_file, self._root, validate_key(key), start)
        try:
            yield _blocks(file)
        finally:
            await _in_thread(file.close)

    async def head(self, key: str) -> Blob | None:
        with _mapped_errors():
            return await _in_thread(folder.stat_file, self._root, validate_key(key))

    async def delete(self, key: str) -> None:
        with _mapped_errors():
            await _in_thread(folder.delete_file, self._root, validate_key(key))

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        found = folder.walk(self._root, prefix)
        while True:
            with _mapped_errors():
                batch = await _in_thread(tuple, itertools.islice(found, LIST_BATCH))
            for blob in batch:
                yield blob
            if len(batch) < LIST_BATCH:
                return

    async def link(self, key: str, *, filename: str, seconds: int) -> str:
        return self._links.to(validate_key(key), filename=filename, seconds=seconds)

    def uri(self, key: str) -> str:
        return (self._root / validate_key(key)).as_uri()

    async def check(self) -> None:
        with _mapped_errors():
            await _in_thread(folder.make_writable, self._root)

    async def remove_abandoned(self) -> None:
        """Free the room that crashed writers took; safe while others write."""
        with _mapped_errors():
            count = await _in_thread(folder.remove_abandoned, self._root)
        if count:
            log.info("removed abandoned uploads", count=count)

    async def close(self) -> None:
        """Nothing is held between calls."""


@contextlib.contextmanager
def _mapped_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"The storage folder cannot be used: {error.strerror}") from error


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `asyncio.to_thread`, but when this is cancelled the call has ended: its file may be closed."""
    call = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(call)
    finally:
        while not call.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({call})


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    while True:
        with _mapped_errors():
            block = await _in_thread(file.read, READ_BYTES)
        if not block:
            return
        yield block
