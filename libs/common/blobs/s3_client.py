"""Connects to Backblaze B2 or any S3."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.exceptions import ReadTimeoutError

from libs.common.errors import Misconfigured
from libs.common.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

CONNECT_SECONDS = 10
READ_SECONDS = 60
"""Silence of the other side once it has the request, not the time of a whole transfer."""
TRY_SECONDS = 70.0
"""Until an answer begins: a part of 5 MiB over a line of 1 Mbit/s takes 45 s. Then the next try."""
ATTEMPTS = 4
"""B2 answers 503 when a pod is busy and expects a retry; four with back-off span about 10 s."""
CONNECTIONS = 32
DEFAULT_REGION = "us-east-1"
ENDPOINT_LABELS = 4
"""Labels of a host that names its region: `s3.us-west-004.backblazeb2.com`."""


class Session(AIOHTTPSession):
    """Leaves a server that stops reading a body too: the client's own time-outs watch only its answers."""

    async def send(self, request: Any) -> Any:  # the library's stubs name another library's types
        try:
            async with asyncio.timeout(TRY_SECONDS):
                return await super().send(request)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=request.url) from error


CONFIG = AioConfig(
    signature_version="s3v4",
    # Hashing each body to sign it too would block the event loop; TLS protects it, and we check our own SHA-256.
    s3={"addressing_style": "path", "payload_signing_enabled": False},
    # B2 and others reject the newer checksum headers.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    max_pool_connections=CONNECTIONS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    http_session_cls=Session,
)


async def open_client(settings: Settings, endpoint: str, stack: AsyncExitStack) -> S3Client:
    """A client that `stack` closes; connects when first used."""
    if settings.b2_access_key_id is None or settings.b2_secret_access_key is None:
        raise Misconfigured("B2 storage needs B2_ACCESS_KEY_ID and B2_SECRET_ACCESS_KEY.")
    client = AioSession().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name=region_of(endpoint),
        aws_access_key_id=settings.b2_access_key_id.get_secret_value(),
        aws_secret_access_key=settings.b2_secret_access_key.get_secret_value(),
        config=CONFIG,
    )
    return await stack.enter_async_context(client)


def region_of(endpoint: str) -> str:
    """The region that signatures name; S3 hosts carry it as their second label."""
    labels = (urlsplit(endpoint).hostname or "").split(".")
    return labels[1] if len(labels) >= ENDPOINT_LABELS and labels[0] == "s3" else DEFAULT_REGION
