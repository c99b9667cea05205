"""What the importer's handlers work with, made once by `app`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from libs.common.parts import Parts
from libs.common.registry import ExperimentNotFound, Registered, Registry
from libs.common.versions import Version, restore
from services.importer.history import History
from services.importer.register import Registrar
from services.importer.working_copy import WorkingCopies


@dataclass(frozen=True)
class Importer:
    """The importer's parts, and the little that all its work needs of them."""

    parts: Parts
    registry: Registry
    history: History
    registrar: Registrar
    copies: WorkingCopies

    @classmethod
    def of(cls, parts: Parts) -> Self:
        history = History(parts.database)
        return cls(
            parts=parts,
            registry=Registry(parts.database),
            history=history,
            registrar=Registrar(parts.database, history),
            copies=WorkingCopies(parts.settings.working_copies_dir),
        )

    @property
    def root(self) -> Path:
        """Folder of the versions."""
        return self.parts.settings.versions_dir

    async def find(self, slug: str) -> Registered | None:
        """What is registered under a slug, if anything."""
        try:
            return await self.registry.get(slug)
        except ExperimentNotFound:
            return None

    async def restore(self, version: Version) -> Path:
        """The folder of a kept version. Raises: VersionDamaged, Unavailable."""
        if version.bundle is None:
            raise AssertionError("only kept versions are restored")
        return await restore(
            version.slug, version.digest, version.bundle, blobs=self.parts.blobs, root=self.root
        )
