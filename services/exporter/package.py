"""The ZIP of an export: its members in order, built while it is stored (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final, cast

from libs.common.archive.digest import content_digest
from libs.common.archive.writer import Deflate, Member, write_archive
from libs.common.events.exports import ExportKind
from libs.common.manifest.comment import write_comment
from libs.common.registry import Registered
from services.exporter.code import Code
from services.exporter.convert import convert
from services.exporter.generate import Generated, config_of, generate, generator_digest
from services.exporter.snapshot import Snapshot
from services.exporter.spool import Spool, read_range

LARGEST_GROWTH: Final = 8
"""JSON bytes that one byte of BSON may become: control characters take six, a short number with its name less."""


@dataclass(frozen=True)
class Package:
    """All that goes into one ZIP. `snapshot` is None where the kind carries no data."""

    registered: Registered
    kind: ExportKind
    code: Code
    snapshot: Snapshot | None
    deflate: Deflate

    @property
    def digest(self) -> str:
        """Equal for equal content, on every host; known before anything is converted or compressed."""
        parts = {"slug": self.registered.slug, "kind": str(self.kind), "deflate": self.deflate}
        if self.snapshot:
            parts |= {"data": self.snapshot.digest, "config": config_of(self.registered).decode()}
        return content_digest(parts | {"generator": generator_digest()}, self.code.files)

    def generated(self) -> Generated:
        """The files that no experiment brings. Reads from disk: use a thread."""
        collections = self.snapshot.reports if self.snapshot else []
        return generate(self.registered, self.kind, collections, self.code.root)

    @contextmanager
    def write(self, generated: Generated, spool: Spool) -> Iterator[Iterator[bytes]]:
        """The ZIP in chunks, to be read in threads; leaving ends whatever still works on it."""
        comment = write_comment(self.registered.slug, self.kind)
        with spool.sibling() as types:
            members = sorted(self._members(generated, spool, types), key=lambda member: member.name)
            chunks = write_archive(members, comment=comment, deflate=self.deflate)
            with closing(cast("Generator[bytes]", chunks)):  # ends a conversion under way
                yield chunks

    def _members(self, generated: Generated, spool: Spool, types: Spool) -> list[Member]:
        slug = self.registered.slug
        if self.snapshot is None:
            return self.code.members(slug, prefix="")
        sections = self.snapshot.sections
        largest = spool.size * LARGEST_GROWTH
        return [
            *self.code.members(slug, prefix=f"experiments/{slug}/"),
            *(Member.of_bytes(name, content) for name, content in generated.files.items()),
            Member("db_collections.json", lambda: convert(sections, spool, types), largest),
            # After it in the archive, and so complete when its turn comes.
            Member("db_types.json", lambda: read_range(types.fileno(), 0, types.size), largest),
        ]
