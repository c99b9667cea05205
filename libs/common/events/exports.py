"""Export of an experiment: the command, and what is told of it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from libs.common.events.jobs import Payload


class ExportKind(StrEnum):
    """The seed's three kinds of export."""

    STANDALONE = "standalone"
    UPLOAD_READY = "upload-ready"
    DOCKER = "docker"


class ExportRequest(Payload):
    """Command `export.request`: build the ZIP of one kind, or only estimate its size."""

    slug: str
    kind: ExportKind
    estimate: bool = False


class CollectionExport(Payload):
    """How much of a collection an export holds. `name` is the name on disk."""

    name: str
    exported: int
    total: int
    truncated: bool
    note: str | None = None
    """Said where a collection could not be exported as documents at the snapshot (view, capped, time-series)."""


class SizeEstimate(Payload):
    """What an export would take: bytes before packing, and documents."""

    unpacked_size: int
    documents: int
    fits: bool


class ExportCompleted(Payload):
    """Event `export.completed`. `checksum` is the ZIP's SHA-256 (seed); `content_digest` covers what went in."""

    slug: str
    kind: ExportKind
    export_id: str | None = None
    filename: str | None = None
    download_url: str | None = None
    """An address that asks for authentication; presigned links are made per request."""
    checksum: str | None = None
    content_digest: str | None = None
    file_size: int | None = None
    reused: bool = False
    created_at: AwareDatetime | None = None
    collections: list[CollectionExport] = []
    estimate: SizeEstimate | None = None
    warnings: list[str] = []
    message: str
