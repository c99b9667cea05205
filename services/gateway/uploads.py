"""Uploaded files: streamed from the socket to storage part by part, counted, and never whole in memory.

`multipart/form-data` (RFC 7578) with one file in the field `file` and small text fields before or after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import structlog
from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http import HttpProcessingError

from libs.common.blobs import Blob, BlobStore
from libs.common.errors import BadRequest, Problem, TooLarge, Unavailable, UnsupportedMedia
from libs.common.events.envelope import new_id

FILE_FIELD: Final = "file"
CHUNK_BYTES: Final = 256 * 1024
"""Read at once; larger ones are no faster."""
FIELD_BYTES: Final = 8 * 1024
"""Of one text field; the longest is a note of 2,000 characters."""
FIELD_LIMIT: Final = 16
"""Text fields of one form; ours have five."""
IDLE_SECONDS: Final = 60
"""A client that sends nothing for so long has gone."""
UPLOAD_SECONDS: Final = 3600
"""512 MiB in an hour is 1.2 Mbit/s."""
ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")
"""First bytes of a ZIP with entries, and of one without (APPNOTE 4.3.7, 4.3.16)."""

log = structlog.get_logger(__name__)


class NotAZip(UnsupportedMedia):
    """The uploaded file is not a ZIP archive."""

    code = "not-a-zip"


class MalformedForm(BadRequest):
    """The body is not the form that this address takes."""

    code = "malformed-form"


@dataclass(frozen=True)
class Upload:
    """A stored file and the text fields that came with it. `filename` is the client's, without folders."""

    blob: Blob
    filename: str
    fields: dict[str, str]


async def receive(request: web.Request, blobs: BlobStore, *, limit: int) -> Upload:
    """Store the form's ZIP of at most `limit` bytes; whatever goes wrong, nothing stays stored.

    Raises: MalformedForm, NotAZip, TooLarge, Unavailable.
    """
    if request.content_type != "multipart/form-data":
        raise _malformed("The body must be multipart/form-data.", "Send it as `curl -F file=@FILE.zip` does.")
    form = _Form(blobs, limit)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await form.read(await _open(request))
    except TimeoutError as error:
        await form.discard()
        raise web.HTTPRequestTimeout from error
    except BaseException:
        await form.discard()
        raise


async def discard(blobs: BlobStore, upload: Upload) -> None:
    """Delete a stored file that no job names."""
    try:
        await blobs.delete(upload.blob.key)
    except Unavailable as error:  # a sweep finds it later
        log.warning("an upload that nobody needs stays stored", key=upload.blob.key, reason=error.detail)


class _Form:
    """What has been read of one form so far."""

    def __init__(self, blobs: BlobStore, limit: int) -> None:
        self._blobs = blobs
        self._limit = limit
        self._fields: dict[str, str] = {}
        self._upload: Upload | None = None

    async def read(self, reader: MultipartReader) -> Upload:
        while (part := await _next_part(reader)) is not None:
            if part.name == FILE_FIELD:
                await self._take_file(part)
            elif part.filename is not None:
                raise _malformed(
                    f"The file came in the field {part.name!r}.", f"Send it in the field `{FILE_FIELD}`."
                )
            else:
                await self._take_field(part)
        if self._upload is None:
            raise _malformed("The form has no file.", f"Send the ZIP in the field `{FILE_FIELD}`.")
        return self._upload

    async def discard(self) -> None:
        if self._upload is not None:
            await discard(self._blobs, self._upload)

    async def _take_file(self, part: BodyPartReader) -> None:
        if self._upload is not None:
            raise _malformed("The form has two files.", "Send one file at a time.")
        key = f"uploads/{new_id()}.zip"
        blob = await self._blobs.put(key, _counted(_zip_only(_chunks(part)), self._limit))
        self._upload = Upload(blob, _plain_name(part.filename), self._fields)

    async def _take_field(self, part: BodyPartReader) -> None:
        name = part.name or ""
        if not name or name in self._fields or len(self._fields) >= FIELD_LIMIT:
            raise _malformed(f"The field {name!r} has no name, came twice or is one too many.")
        content = bytearray()
        async for chunk in _chunks(part):
            content += chunk
            if len(content) > FIELD_BYTES:
                raise TooLarge(f"The field {name!r} has more than {FIELD_BYTES:,} bytes.")
        try:
            self._fields[name] = content.decode()
        except UnicodeDecodeError as error:
            raise _malformed(f"The field {name!r} is no UTF-8 text.") from error


async def _open(request: web.Request) -> MultipartReader:
    with _well_formed():
        return await request.multipart()


async def _next_part(reader: MultipartReader) -> BodyPartReader | None:
    with _well_formed():
        async with asyncio.timeout(IDLE_SECONDS):
            part = await reader.next()
    if isinstance(part, MultipartReader):
        raise _malformed("The form holds a form.")
    return part


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while True:
        with _well_formed():
            async with asyncio.timeout(IDLE_SECONDS):
                chunk = await part.read_chunk(CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


async def _zip_only(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, once the first bytes are known to be a ZIP's. Raises: NotAZip."""
    start = b""
    async for chunk in chunks:
        if start.startswith(ZIP_STARTS):
            yield chunk
            continue
        start += chunk
        if len(start) >= len(ZIP_STARTS[0]):
            if not start.startswith(ZIP_STARTS):
                raise NotAZip
            yield start
    if not start.startswith(ZIP_STARTS):
        raise NotAZip


async def _counted(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """Raises: TooLarge, with the first byte too many."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The file has more than {limit:,} bytes, which is the limit here.")
        yield chunk


@contextmanager
def _well_formed() -> Iterator[None]:
    """aiohttp tells of a malformed form by these. Raises: MalformedForm."""
    try:
        yield
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError) as error:
        raise _malformed("The form is cut off or malformed.") from error


def _malformed(message: str, remedy: str | None = None) -> MalformedForm:
    problem = Problem(
        category="request", code=MalformedForm.code, path=FILE_FIELD, message=message, remedy=remedy
    )
    return MalformedForm(message, problems=[problem])


def _plain_name(filename: str | None) -> str:
    """Browsers and hostile clients may send folders; only the last name counts, without control characters."""
    name = PurePosixPath((filename or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[:255] or "upload.zip"
