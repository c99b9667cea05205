"""Runtime bundles: ZIPs from which Ray puts a version's code on the disk of whichever node runs it (DESIGN §7).

`pkg/experiments/{slug}/…` and beside it the modules that experiments import by top-level name; Ray takes the one top
folder away. Ray caches by address and checks nothing, so the content's SHA-256 is part of the address. A local Ray
reads a file, a cluster the gateway's `/internal/bundles/`; object storage itself would need keys on the workers.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from libs.common.archive.writer import Member, write_archive
from libs.common.blobs import BlobExists
from libs.common.blobs.links import load_link_secret
from libs.common.hosting import bundle_key, bundle_path
from libs.common.parts import Parts
from libs.common.ray_head import RayHead
from libs.common.registry import Registered
from libs.common.threads import in_thread, iterate
from libs.common.versions import materialise

RUNTIME: Final = Path(__file__).resolve().parents[3] / "libs" / "runtime"
CARRIED: Final = Path(__file__).resolve().parent / "carried"
TOP: Final = "pkg"
PACKAGE_FILE: Final = "__init__.py"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Built:
    path: Path
    sha256: str


class Bundles:
    """Builds bundles and puts them where Ray's nodes find them; one for each connection to Ray."""

    def __init__(self, parts: Parts, head: RayHead | None) -> None:
        self._parts = parts
        self._head = head
        self._addresses: dict[str, str] = {}

    async def base(self) -> str:
        """The address of the bundle without an experiment."""
        return await self._address("", list(_platform_members()))

    async def of(self, registered: Registered) -> str:
        """The address of a version's bundle. Raises: VersionDamaged, Unavailable."""
        key = f"{registered.slug}/{registered.platform.digest}"
        if key not in self._addresses:
            folder = await materialise(
                registered, blobs=self._parts.blobs, root=self._parts.settings.versions_dir
            )
            members = await in_thread(lambda: [*_platform_members(), *_members(registered.slug, folder)])
            self._addresses[key] = await self._address(key, members)
        return self._addresses[key]

    async def _address(self, what: str, members: list[Member]) -> str:
        with tempfile.TemporaryDirectory(prefix="entrepot-bundle-") as folder:
            built = await in_thread(_build, members, Path(folder, "bundle.zip"))
            if self._head is not None:
                return await in_thread(_place, built, self._head.folder / "bundles")
            return await self._upload(built)

    async def _upload(self, built: _Built) -> str:
        key = bundle_key(built.sha256)
        if await self._parts.blobs.head(key) is None:
            try:
                await self._parts.blobs.put(key, iterate(Member.of_file(key, built.path).chunks()))
            except BlobExists:
                log.debug("another importer was first, with the same bytes", key=key)
        secret = await load_link_secret(self._parts.database)
        settings = self._parts.settings
        return (settings.internal_url or settings.base_url).rstrip("/") + bundle_path(built.sha256, secret)


def _platform_members() -> Iterator[Member]:
    for folder in (RUNTIME, CARRIED):
        for path in sorted(folder.glob("*.py")):
            if path.name != PACKAGE_FILE:
                yield Member.of_file(f"{TOP}/{path.name}", path)


def _members(slug: str, folder: Path) -> Iterator[Member]:
    yield Member.of_bytes(f"{TOP}/experiments/{PACKAGE_FILE}", b"")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Member.of_file(f"{TOP}/experiments/{slug}/{path.relative_to(folder).as_posix()}", path)


def _build(members: list[Member], path: Path) -> _Built:
    sha256 = hashlib.sha256()
    with path.open("xb") as file:
        for chunk in write_archive(sorted(members, key=lambda member: member.name)):
            sha256.update(chunk)
            file.write(chunk)
    return _Built(path, sha256.hexdigest())


def _place(built: _Built, folder: Path) -> str:
    """Copied and renamed, as the folders may lie on two file systems."""
    folder.mkdir(exist_ok=True, mode=0o755)
    target = folder / f"{built.sha256}.zip"
    partial = target.with_suffix(f".{built.path.parent.name}")
    partial.write_bytes(built.path.read_bytes())
    partial.chmod(0o644)
    partial.replace(target)
    return target.as_uri()
