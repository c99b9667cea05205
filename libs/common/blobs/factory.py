"""Chooses the storage: S3 where B2 is configured, else a folder (DESIGN §2)."""

from __future__ import annotations

from libs.common.blobs import BlobStore
from libs.common.blobs.links import GatewayLinks, LinkSigner, load_link_secret
from libs.common.blobs.local import LocalBlobs
from libs.common.database.client import Database
from libs.common.settings import Settings


async def open_blobs(settings: Settings, database: Database) -> BlobStore:
    """To be closed by the caller. Raises: Unavailable."""
    signer = LinkSigner(await load_link_secret(database))
    if settings.uses_b2:
        from libs.common.blobs.s3 import open_s3_blobs  # noqa: PLC0415  (300 ms, spared where it is not used)

        links = GatewayLinks(settings.base_url, signer) if settings.links_to_gateway else None
        return await open_s3_blobs(settings, links)
    blobs = LocalBlobs(settings.exports_dir, base_url=settings.base_url, signer=signer)
    await blobs.remove_abandoned()
    return blobs
