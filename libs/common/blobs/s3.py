"""Objects in Backblaze B2 or any S3."""

from __future__ import annotations

import asyncio
import hashlib
import io
import mimetypes
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from libs.common.blobs import Blob, BlobExists, BlobNotFound
from libs.common.blobs.chunks import regroup
from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.keys import validate_key
from libs.common.blobs.links import GatewayLinks, content_disposition
from libs.common.blobs.s3_client import open_client
from libs.common.blobs.s3_errors import answered, code_of, status_of
from libs.common.blobs.s3_upload import PART_BYTES, multipart
from libs.common.settings import Settings

if TYPE_CHECKING:
    from aiobotocore.response import StreamingBody
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import HeadObjectOutputTypeDef

READ_BYTES = 2**18
"""Handed on at once; what one download holds in memory."""
LIST_PAGE = 1000
"""Objects asked for at once; the most that S3 gives."""
NOT_FOUND = 404
NOT_IMPLEMENTED = 501
RANGE_NOT_SATISFIABLE = 416
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchUpload"}
"""Answers to a final write that may mean that the object is there, perhaps by an attempt whose answer was lost."""
WRITE_ID = "write-id"
"""Metadata by which a writer knows its own object again."""


async def open_s3_blobs(settings: Settings, links: GatewayLinks | None = None) -> S3Blobs:
    """To be closed by the caller; connects when first used. Links are the storage's own, unless others are given."""
    endpoint, bucket = settings.b2_endpoint_url, settings.b2_bucket_name
    assert endpoint is not None
    assert bucket is not None
    async with AsyncExitStack() as stack:
        client = await open_client(settings, endpoint, stack)
        public = settings.b2_public_endpoint_url
        signing = await open_client(settings, public, stack) if public else client
        return S3Blobs(client, signing, bucket, stack.pop_all(), links)


@dataclass
class S3Blobs:
    """Nothing is overwritten: HEAD first, and `If-None-Match: *` against a writer in between.

    B2 knows no conditional writes (501) and others ignore the header. There two writers of one key within one
    upload's time would both succeed; our keys carry microseconds or a digest, so that none are.
    """

    client: S3Client
    signing: S3Client
    """Signs links, for the host that browsers see."""
    bucket: str
    stack: AsyncExitStack
    links: GatewayLinks | None = None
    """Where browsers do not reach the storage."""
    has_conditional_writes: bool = field(default=True, init=False)

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> Blob:
        if await self.head(key) is not None:
            raise BlobExists(f"{key} is stored already.")
        digest = _Digest()
        async with aclosing(digest.pass_on(regroup(chunks, PART_BYTES))) as parts:
            first = await anext(parts, bytearray())
            if len(first) < PART_BYTES:
                await self._put_small(key, first)
            else:
                await self._put_large(key, _chain(first, parts))
        stored = await self.head(key)
        if stored is None or stored.size != digest.size:
            raise StorageUnavailable("The storage does not hold what it was sent.")
        return Blob(key, stored.size, stored.modified, digest.hexdigest())

    @asynccontextmanager
    async def open(self, key: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        body = await self._get(validate_key(key), start)
        try:
            yield _read(body)
        finally:
            if body is not None:
                body.close()

    async def head(self, key: str) -> Blob | None:
        found = await self._head(validate_key(key))
        return Blob(key, found["ContentLength"], found["LastModified"]) if found is not None else None

    async def delete(self, key: str) -> None:
        """On a bucket that keeps versions, as B2's do, the lifecycle rule frees the room."""
        async with answered("delete"):
            await self.client.delete_object(Bucket=self.bucket, Key=validate_key(key))

    async def list(self, prefix: str) -> AsyncIterator[Blob]:
        pages = aiter(
            self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        )
        while True:
            async with answered("list"):
                page = await anext(pages, None)
            if page is None:
                return
            for item in page.get("Contents", []):
                yield Blob(item["Key"], item["Size"], item["LastModified"])

    async def link(self, key: str, *, filename: str, seconds: int) -> str:
        if self.links is not None:
            return self.links.to(validate_key(key), filename=filename, seconds=seconds)
        return await self.signing.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": validate_key(key),
                "ResponseContentDisposition": content_disposition(filename),
            },
            ExpiresIn=seconds,
        )

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{validate_key(key)}"

    async def check(self) -> None:
        async with answered("list"):
            await self.client.list_objects_v2(Bucket=self.bucket, MaxKeys=1)

    async def close(self) -> None:
        await self.stack.aclose()

    async def _put_small(self, key: str, body: bytearray) -> None:
        write_id = uuid.uuid4().hex

        async def write(**condition: Any) -> None:
            await self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=io.BytesIO(body),
                ContentType=_content_type(key),
                Metadata={WRITE_ID: write_id},
                **condition,
            )

        await self._create(key, write_id, write)

    async def _put_large(self, key: str, parts: AsyncIterable[bytearray]) -> None:
        write_id = uuid.uuid4().hex
        content_type = _content_type(key)
        async with multipart(
            self.client, self.bucket, key, content_type=content_type, metadata={WRITE_ID: write_id}
        ) as upload:
            sent = await upload.send(parts)

            async def write(**condition: Any) -> None:
                await self.client.complete_multipart_upload(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload.upload_id,
                    MultipartUpload={"Parts": sent},
                    **condition,
                )

            await self._create(key, write_id, write)

    async def _create(self, key: str, write_id: str, write: Callable[..., Awaitable[None]]) -> None:
        """The final write of an object that must not be there yet. Raises: BlobExists."""
        async with answered("store"):
            try:
                await self._write(write)
            except ClientError as error:
                if code_of(error) not in TAKEN:
                    raise
                found = await self._head(key)
                if found is None:
                    raise
                if found["Metadata"].get(WRITE_ID) != write_id:
                    raise BlobExists(f"{key} is stored already.") from error

    async def _write(self, write: Callable[..., Awaitable[None]]) -> None:
        if self.has_conditional_writes:
            try:
                return await write(IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) != NOT_IMPLEMENTED:
                    raise
                self.has_conditional_writes = False
        return await write()

    async def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        async with answered("look for an object"):
            try:
                return await self.client.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if status_of(error) == NOT_FOUND:
                    return None
                raise

    async def _get(self, key: str, start: int) -> StreamingBody | None:
        """None where nothing is left from byte `start` on. Raises: BlobNotFound."""
        from_start: dict[str, Any] = {"Range": f"bytes={start}-"} if start else {}
        async with answered("read"):
            try:
                answer = await self.client.get_object(Bucket=self.bucket, Key=key, **from_start)
            except ClientError as error:
                if status_of(error) == NOT_FOUND:
                    raise BlobNotFound(f"{key} is not stored.") from error
                if status_of(error) == RANGE_NOT_SATISFIABLE:
                    return None
                raise
        return answer["Body"]


class _Digest:
    """SHA-256 and size of a stream that passes by."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    async def pass_on(self, parts: AsyncIterable[bytearray]) -> AsyncGenerator[bytearray, None]:
        async for part in parts:
            self.size += len(part)
            await asyncio.to_thread(self._hash.update, part)
            yield part

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


async def _chain(first: bytearray, rest: AsyncIterable[bytearray]) -> AsyncIterator[bytearray]:
    yield first
    async for part in rest:
        yield part


async def _read(body: StreamingBody | None) -> AsyncIterator[bytes]:
    while body is not None:
        async with answered("read on"):
            block = await body.read(READ_BYTES)
        if not block:
            return
        yield block


def _content_type(key: str) -> str:
    return mimetypes.guess_type(key)[0] or "application/octet-stream"
