"""Styles, scripts and icons, under addresses that name their content, so that browsers keep them for good.

One digest covers all files: scripts import each other by relative names, which therefore stay within one version.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from libs.common.errors import NotFound

STATIC: Final = Path(__file__).parent / "static"
SHEETS: Final = {
    "every-page.css": ("tokens.css", "base.css", "layout.css", "components.css"),
    "benchmark-pages.css": ("chart.css", "benchmarks.css"),
}
"""Sent as one file each, for a first visit waits for every file before it paints."""
DIGEST_LENGTH: Final = 12


class AssetNotFound(NotFound):
    """There is no such file."""

    code = "asset-not-found"


@dataclass(frozen=True)
class Asset:
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Assets:
    """All files of `static/`, in memory: together they are some 100 KB."""

    digest: str
    files: dict[str, Asset]

    def address(self, name: str) -> str:
        """Raises: AssetNotFound, so that a page cannot name what is not there."""
        if name not in self.files:
            raise AssetNotFound(f"There is no static file {name!r}.")
        return f"/static/{self.digest}/{name}"


@cache
def assets() -> Assets:
    """Read once per process."""
    files = {
        path.relative_to(STATIC).as_posix(): Asset(path.read_bytes(), _media_type(path))
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }
    for name, parts in SHEETS.items():
        files[name] = Asset(b"".join(files[part].content for part in parts), "text/css")
    sha256 = hashlib.sha256()
    for name, asset in files.items():
        sha256.update(f"{name}\0{len(asset.content)}\0".encode() + asset.content)
    return Assets(sha256.hexdigest()[:DIGEST_LENGTH], files)


def _media_type(path: Path) -> str:
    known = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
