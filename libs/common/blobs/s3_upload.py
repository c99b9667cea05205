"""One multipart upload with bounded memory; aborted unless it is completed."""

from __future__ import annotations

import asyncio
import io
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from libs.common.blobs.errors import StorageUnavailable
from libs.common.blobs.s3_errors import answered

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 5 * 2**20
"""The least that S3 takes: the client copies a part on the event loop, and 10,000 parts are 50 GB all the same."""
PARTS_IN_FLIGHT = 3
"""Hides the round trip to a far region; with one part being filled and its copies, about 30 MiB per upload."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Upload:
    """Parts are invisible until the upload is completed."""

    client: S3Client
    bucket: str
    key: str
    upload_id: str

    async def send(self, parts: AsyncIterable[bytearray]) -> list[CompletedPartTypeDef]:
        """Send each part; what completes the upload."""
        sent: list[CompletedPartTypeDef] = []
        flying: deque[asyncio.Task[CompletedPartTypeDef]] = deque()
        try:
            async for part in parts:
                number = len(sent) + len(flying) + 1
                flying.append(asyncio.create_task(self._send(number, part)))
                if len(flying) == PARTS_IN_FLIGHT:
                    sent.append(await flying[0])
                    flying.popleft()
            while flying:
                sent.append(await flying[0])
                flying.popleft()
        finally:
            for task in flying:
                task.cancel()
            await asyncio.gather(*flying, return_exceptions=True)
        return sent

    async def _send(self, number: int, part: bytearray) -> CompletedPartTypeDef:
        async with answered("take a part"):
            answer = await self.client.upload_part(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.upload_id,
                PartNumber=number,
                Body=io.BytesIO(part),
            )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    async def abort(self) -> None:
        """Free the parts. Where that fails too, the bucket's lifecycle rule does."""
        try:
            async with answered("abort an upload"):
                await self.client.abort_multipart_upload(
                    Bucket=self.bucket, Key=self.key, UploadId=self.upload_id
                )
        except StorageUnavailable as error:
            log.warning("upload not aborted", key=self.key, reason=error.detail)


@asynccontextmanager
async def multipart(
    client: S3Client, bucket: str, key: str, *, content_type: str, metadata: dict[str, str]
) -> AsyncIterator[Upload]:
    """To be completed inside; any exception aborts. Raises: StorageUnavailable."""
    async with answered("begin an upload"):
        begun = await client.create_multipart_upload(
            Bucket=bucket, Key=key, ContentType=content_type, Metadata=metadata
        )
    upload = Upload(client, bucket, key, begun["UploadId"])
    try:
        yield upload
    except BaseException:
        await upload.abort()
        raise
