"""The port for bytes: exports, uploads and runtime bundles, by key (DESIGN §2).

Adapters: `libs.common.blobs.local` (a folder) and `libs.common.blobs.s3` (Backblaze B2 or any S3). Both stream in
both ways and hold a bounded amount in memory whatever the size.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from libs.common.errors import Conflict, NotFound


@dataclass(frozen=True)
class Blob:
    """A stored object; `sha256` is known where this process wrote it."""

    key: str
    size: int
    modified: datetime
    sha256: str | None = None


class BlobNotFound(NotFound):
    """There is no stored object under that key."""

    code = "blob-not-found"


class BlobExists(Conflict):
    """An object is stored under that key already; objects are created, never overwritten."""

    code = "blob-exists"


class BlobStore(Protocol):
    """Keys are relative paths of `[A-Za-z0-9._-]` components; no part may be `.` or `..`."""

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> Blob:
        """Store a stream under a new key and return its size and SHA-256.

        Nothing is visible under the key before the last byte is durable; an exception of `chunks` or a crash
        leaves nothing there. Raises: BlobExists, Unavailable.
        """
        ...

    def open(self, key: str, *, start: int = 0) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream an object from byte `start` on. Raises: BlobNotFound, Unavailable (on entering)."""
        ...

    async def head(self, key: str) -> Blob | None:
        """What is stored under the key, or None."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; no error if it is gone already."""
        ...

    def list(self, prefix: str) -> AsyncIterator[Blob]:
        """All objects whose key begins with `prefix`, in key order."""
        ...

    async def link(self, key: str, *, filename: str, seconds: int) -> str:
        """An address from which anyone can download the object for so long, under that file name."""
        ...

    def uri(self, key: str) -> str:
        """The permanent name of an object, `s3://bucket/key` or `file:///…`; a record, not a link."""
        ...

    async def check(self) -> None:
        """Reach the storage once, for readiness. Raises: Unavailable."""
        ...

    async def close(self) -> None: ...
