"""Downloads by signed link, where storage is a folder. The link is the permission: it names one file and expires."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import hdrs, web

from libs.common.blobs import Blob, BlobNotFound
from libs.common.blobs.links import content_disposition
from libs.common.errors import EntrepotError
from libs.common.hosting import bundle_key, is_bundle_signature
from services.gateway.auth.access import PUBLIC
from services.gateway.edge import edge_of
from services.gateway.ranges import Span, requested_span
from services.gateway.routing import Endpoint

STALLED_SECONDS: Final = 60
"""A reader that takes nothing for so long has gone."""

log = structlog.get_logger(__name__)


async def download(request: web.Request) -> web.StreamResponse:
    """Raises: LinkInvalid, LinkExpired, BlobNotFound."""
    key, filename = edge_of(request).signer.verify(request.match_info["token"])
    return await _stream(request, key, filename)


async def bundle(request: web.Request) -> web.StreamResponse:
    """An experiment's code, for the nodes of a Ray cluster (docs/hosting.md). Raises: BlobNotFound."""
    signature, sha256 = request.match_info["signature"], request.match_info["sha256"]
    if not is_bundle_signature(signature, sha256, edge_of(request).link_secret):
        raise BlobNotFound("There is no such bundle.")
    return await _stream(request, bundle_key(sha256), f"{sha256}.zip")


async def _stream(request: web.Request, key: str, filename: str) -> web.StreamResponse:
    """A stored file, whole or a range of it. Raises: BlobNotFound."""
    edge = edge_of(request)
    blob = await edge.parts.blobs.head(key)
    if blob is None:
        raise BlobNotFound("The file is no longer stored.")
    etag = _etag(blob)
    if request.headers.get(hdrs.IF_NONE_MATCH) == etag:
        return web.Response(status=304, headers={hdrs.ETAG: etag})
    span = requested_span(request, size=blob.size, etag=etag)
    response = _response(span, filename=filename, etag=etag)
    if request.method == hdrs.METH_HEAD:
        return response
    async with edge.parts.blobs.open(key, start=span.start) as chunks:
        await response.prepare(request)
        await _send(response, chunks, span.length)
    return response


def _etag(blob: Blob) -> str:
    """Objects are never overwritten, so the key names the content."""
    return f'"{hashlib.sha256(f"{blob.key}:{blob.size}".encode()).hexdigest()[:32]}"'


def _response(span: Span, *, filename: str, etag: str) -> web.StreamResponse:
    headers = {
        hdrs.CONTENT_TYPE: "application/zip",
        hdrs.CONTENT_DISPOSITION: content_disposition(filename),
        hdrs.CONTENT_LENGTH: str(span.length),
        hdrs.ETAG: etag,
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CACHE_CONTROL: "private, no-cache",
    }
    if span.is_whole:
        return web.StreamResponse(headers=headers)
    return web.StreamResponse(status=206, headers=headers | {hdrs.CONTENT_RANGE: span.content_range()})


async def _send(response: web.StreamResponse, chunks: AsyncIterator[bytes], length: int) -> None:
    """After the head has gone out nothing but a closed connection can tell of a failure."""
    try:
        async for chunk in chunks:
            async with asyncio.timeout(STALLED_SECONDS):
                await response.write(chunk[:length])
            length -= len(chunk)
            if length <= 0:
                break
        await response.write_eof()
    except (EntrepotError, TimeoutError) as error:
        log.warning("a download broke off", reason=str(error) or type(error).__name__)
        raise ConnectionResetError("the download broke off") from error


ENDPOINTS: Final = [
    Endpoint(method, path, handler, PUBLIC)
    for method in ("GET", "HEAD")
    for path, handler in (
        ("/downloads/{token}/{filename}", download),
        ("/internal/bundles/{signature}/{sha256:[0-9a-f]{64}}.zip", bundle),
    )
]
