"""What S3 answers and does not answer, as errors of ours; details name no key, no signature and no address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, ClientError

from libs.common.blobs.errors import StorageUnavailable

REQUEST_SECONDS = 300.0
"""One request with its retries: a part of 5 MiB over a line of 1 Mbit/s takes 45 s."""


def code_of(error: ClientError) -> str:
    """`NoSuchKey` and the like; the bare status where the answer had no body, as for HEAD."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def status_of(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


@asynccontextmanager
async def answered(action: str) -> AsyncIterator[None]:
    """Callers catch inside what they expect. Raises: StorageUnavailable for any other refusal, and for silence."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            yield
    except ClientError as error:
        raise StorageUnavailable(f"The storage refuses to {action}: {code_of(error)}") from error
    except (BotoCoreError, HttpError, TimeoutError, OSError) as error:
        raise StorageUnavailable(f"The storage fails to {action}: {type(error).__name__}") from error
