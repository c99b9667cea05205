"""Exports of experiments."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from entrepot_client.models.resource import Resource


class ExportKind(StrEnum):
    """`upload-ready` brings code and files, `standalone` an app with its data, `docker` the same with a Dockerfile."""

    STANDALONE = "standalone"
    UPLOAD_READY = "upload-ready"
    DOCKER = "docker"


class ExportedCollection(Resource):
    """How much of a collection an export holds."""

    name: str
    exported: int
    total: int
    truncated: bool
    note: str | None = None


class Export(Resource):
    """A finished export. `checksum` is the ZIP's SHA-256; `download_url` needs no token until `expires_at`."""

    export_id: str
    job_id: str
    filename: str
    download_url: str
    expires_at: AwareDatetime
    checksum: str
    content_digest: str
    file_size: int
    reused: bool
    collections: tuple[ExportedCollection, ...] = ()
    warnings: tuple[str, ...] = ()
    message: str
