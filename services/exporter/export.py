"""One export from request to result: version, snapshot, digest, then the stored ZIP or a new one (DESIGN §5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from libs.common.archive.writer import Deflate
from libs.common.blobs import Blob, BlobExists
from libs.common.events.envelope import new_id
from libs.common.events.exports import ExportCompleted, ExportKind
from libs.common.exports import ExportRow
from libs.common.jobs.run import Run
from libs.common.parts import Parts
from libs.common.registry import Registered, Registry
from libs.common.threads import ahead, in_thread
from services.exporter.claims import Claims
from services.exporter.code import Code, collect_code
from services.exporter.estimate import Estimate, estimate
from services.exporter.generate import Generated
from services.exporter.log import Content, ExportLog
from services.exporter.package import Package
from services.exporter.snapshot import take_snapshot
from services.exporter.spool import Spool
from services.exporter.statistics import Holding, holdings_of


class Exporter:
    """Makes and finds exports."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._registry = Registry(parts.database)
        self._log = ExportLog(parts.database, parts.blobs)
        self._claims = Claims(parts.database)

    async def estimate(self, slug: str, kind: ExportKind) -> ExportCompleted:
        """What an export would take. Raises: ExperimentNotFound, Unavailable."""
        registered = await self._registry.get_active(slug)
        code = await self._code(registered)
        holdings = [] if kind is ExportKind.UPLOAD_READY else await self._holdings(slug)
        guess = self._estimate(holdings, code)
        warnings = guess.warnings(self._parts.limits, self._folder)
        size = guess.as_payload(self._parts.limits, self._folder)
        message = f"An export of {slug} would take about {size.unpacked_size} bytes before packing."
        return ExportCompleted(slug=slug, kind=kind, estimate=size, warnings=warnings, message=message)

    async def export(self, slug: str, kind: ExportKind, run: Run) -> ExportCompleted:
        """The ZIP of the version and the data as they are now.

        Raises: ExperimentNotFound, CollectionUnreadable, VersionDamaged, Unavailable.
        """
        registered = await self._registry.get_active(slug)
        code = await self._code(registered)
        warnings = code.warnings(slug)
        with Spool(self._parts.limits.spool_memory_limit, self._folder) as spool:
            snapshot = None
            if kind is not ExportKind.UPLOAD_READY:
                holdings = await self._holdings(slug)
                guess = self._estimate(holdings, code)
                warnings += guess.warnings(self._parts.limits, self._folder)
                run.progress("reading")
                limit = self._parts.limits.export_document_limit
                snapshot = await take_snapshot(
                    self._parts.database, slug, spool, limit=limit, holdings=holdings
                )
            deflate = cast(Deflate, self._parts.settings.deflate)
            package = Package(registered, kind, code, snapshot, deflate)
            generated = await in_thread(package.generated)
            row, reused = await self._find_or_build(package, generated, spool, run)
        return self._completed(package, row, reused, [*warnings, *generated.warnings])

    async def _find_or_build(
        self, package: Package, generated: Generated, spool: Spool, run: Run
    ) -> tuple[ExportRow, bool]:
        content = Content(package.registered.slug, package.kind, package.digest)
        row = await self._log.find(content)
        if row and await self._log.is_stored(row):
            return row, True
        async with self._claims.hold(f"{content.slug}:{content.kind}:{content.digest}"):
            row = await self._log.find(content)
            if row and await self._log.is_stored(row):  # somebody else has just built it
                return row, True
            blob = await self._build(package, generated, spool, run)
            if row:  # its object was gone
                return await self._log.heal(row, blob), True
            return await self._log.record(content, blob, export_id=new_id(), email=run.requester.email)

    async def _build(self, package: Package, generated: Generated, spool: Spool, run: Run) -> Blob:
        with package.write(generated, spool) as chunks:
            async with aclosing(_reported(ahead(chunks), run)) as reported:
                while True:
                    try:
                        return await self._parts.blobs.put(_new_key(package.registered.slug), reported)
                    except BlobExists:  # another export had the same microsecond; nothing was read yet
                        continue

    def _completed(
        self, package: Package, row: ExportRow, reused: bool, warnings: list[str]
    ) -> ExportCompleted:
        collections = package.snapshot.reports if package.snapshot else []
        cut = [
            f"{each.name}: only the first {each.exported} of {each.total} documents were exported."
            for each in collections
            if each.truncated
        ]
        if row.file_size > self._parts.limits.upload_packed_limit:
            warnings.append(f"This ZIP of {row.file_size} bytes is larger than an import takes.")
        slug = row.slug_id
        return ExportCompleted(
            slug=slug,
            kind=row.export_type,
            export_id=row.id,
            filename=row.filename,
            download_url=f"{self._parts.settings.base_url}/api/exports/{row.id}/download",
            checksum=row.checksum,
            content_digest=row.content_digest,
            file_size=row.file_size,
            reused=reused,
            created_at=row.created_at,
            collections=collections,
            warnings=[*cut, *warnings],
            message=f"Nothing of {slug} has changed since this export." if reused else f"{slug} is exported.",
        )

    @property
    def _folder(self) -> Path:
        return self._parts.settings.home / "spool"

    async def _code(self, registered: Registered) -> Code:
        return await collect_code(registered, blobs=self._parts.blobs, settings=self._parts.settings)

    async def _holdings(self, slug: str) -> list[Holding]:
        return await holdings_of(self._parts.database, slug)

    def _estimate(self, holdings: Iterable[Holding], code: Code) -> Estimate:
        size = sum(file.size for file in code.files)
        return estimate(holdings, code=size, limit=self._parts.limits.export_document_limit)


async def _reported(chunks: AsyncIterator[bytes], run: Run) -> AsyncGenerator[bytes]:
    packed = 0
    async for chunk in chunks:
        yield chunk
        packed += len(chunk)
        run.progress("packing", done=packed, unit="bytes")
    run.progress("storing")


def _new_key(slug: str) -> str:
    """`{slug}_intelligent_export_{timestamp}.zip` is the seed's name; microseconds keep exports apart."""
    timestamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S_%f")
    return f"exports/{slug}_intelligent_export_{timestamp}.zip"
