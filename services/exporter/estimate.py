"""How large an export would be, from the database's own statistics: no document is read (seed, File Size Limits)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from libs.common.events.exports import SizeEstimate
from libs.common.limits import Limits
from services.exporter.statistics import Holding

JSON_GROWTH: Final = 1.3
"""Bytes of JSON per byte of BSON: ids double, numbers and names shrink or grow a little."""


@dataclass(frozen=True)
class Estimate:
    """Bytes before packing. `spooled` of them are read from the database."""

    documents: int
    spooled: int
    code: int

    @property
    def unpacked(self) -> int:
        return int(self.spooled * JSON_GROWTH) + self.code

    def warnings(self, limits: Limits, folder: Path) -> list[str]:
        """What stands in the way, in words."""
        said = []
        free = _free_bytes(folder)
        if self.spooled > limits.spool_memory_limit and self.spooled + self.unpacked > free:
            needed = self.spooled + self.unpacked
            said.append(f"The disk may be too small: about {needed} bytes are needed, {free} are free.")
        if self.unpacked > limits.upload_unpacked_limit:
            said.append(
                f"Unpacked this is about {self.unpacked} bytes, more than the {int(limits.upload_unpacked_limit)} that "
                "can be imported again; an upload-ready export can."
            )
        return said

    def as_payload(self, limits: Limits, folder: Path) -> SizeEstimate:
        return SizeEstimate(
            unpacked_size=self.unpacked,
            documents=self.documents,
            fits=not self.warnings(limits, folder),
        )


def estimate(holdings: Iterable[Holding], *, code: int, limit: int) -> Estimate:
    """Over all collections, each cut at `limit` documents; `code` is the size of the files."""
    sizes = [holding.size.first(limit) for holding in holdings]
    return Estimate(
        documents=sum(size.documents for size in sizes), spooled=sum(size.size for size in sizes), code=code
    )


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free
