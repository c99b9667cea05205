"""The adapters under test, each with a way to download its links and to be opened in another process."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from libs.common.blobs import BlobStore
from libs.common.blobs.links import LinkExpired, LinkInvalid, LinkSigner, content_disposition
from libs.common.blobs.local import LocalBlobs
from libs.common.blobs.s3 import open_s3_blobs
from libs.common.settings import Settings
from tests.servers.binaries import free_port
from tests.servers.s3 import S3Server

SECRET = "secret of the suite"


@dataclass(frozen=True)
class Adapter:
    """One storage, emptied afterwards below `folder`, where each test keeps its keys."""

    store: BlobStore
    folder: str
    environment: Mapping[str, str]
    """For a process that opens the same storage by its settings."""


def open_local(settings: Settings) -> LocalBlobs:
    return LocalBlobs(settings.exports_dir, base_url=settings.base_url, signer=LinkSigner(SECRET))


@asynccontextmanager
async def local_storage(home: Path, folder: str) -> AsyncIterator[Adapter]:
    settings = Settings(home=home, port=free_port())
    store = open_local(settings)
    async with _download_server(store, settings.port):
        yield Adapter(store, folder, {"ENTREPOT_HOME": str(home)})


@asynccontextmanager
async def s3_storage(server: S3Server, folder: str) -> AsyncIterator[Adapter]:
    values = dataclasses.asdict(server)
    store = await open_s3_blobs(Settings(**values))
    try:
        yield Adapter(store, folder, {name.upper(): value for name, value in values.items()})
        async for blob in store.list(folder):
            await store.delete(blob.key)
    finally:
        await store.close()


@asynccontextmanager
async def _download_server(store: LocalBlobs, port: int) -> AsyncIterator[None]:
    """What the gateway does for links to the local folder."""
    signer = LinkSigner(SECRET)

    async def download(request: web.Request) -> web.StreamResponse:
        try:
            key, filename = signer.verify(request.match_info["token"])
        except (LinkInvalid, LinkExpired) as error:
            return web.Response(status=error.status)
        response = web.StreamResponse(headers={"Content-Disposition": content_disposition(filename)})
        async with store.open(key) as chunks:
            await response.prepare(request)
            async for chunk in chunks:
                await response.write(chunk)
        return response

    application = web.Application()
    application.router.add_get("/downloads/{token}/{filename}", download)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()
