"""The files of the registered version that an export carries, and what is left out of it (seed, Code Collection)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from libs.common.archive.digest import ORDINARY, FileDigest, hash_tree
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.writer import Member
from libs.common.blobs import BlobStore
from libs.common.manifest.leaving import left_out
from libs.common.registry import Registered
from libs.common.settings import Settings
from libs.common.threads import in_thread
from libs.common.versions import materialise
from services.exporter.static_paths import is_template, rewrite_static_paths


@dataclass(frozen=True)
class Code:
    """Files of one version, sorted by path; `left_out` names what stays behind, a folder with `/` at its end."""

    root: Path
    files: Sequence[FileDigest]
    left_out: Sequence[str]
    differs: bool
    """Whether the working copy on this host is another than the registered version."""

    def warnings(self, slug: str) -> list[str]:
        said = [f"Left out of the export: {path}" for path in self.left_out]
        if self.differs:
            said.append(
                f"The working copy of {slug} differs from the registered version, which is what was exported; "
                "`manage.py experiments sync` registers it."
            )
        return said

    def members(self, slug: str, *, prefix: str) -> list[Member]:
        """What goes into the ZIP, with the static paths of templates made absolute."""
        return [_member(self.root / file.path, file, slug, prefix) for file in self.files]


async def collect_code(registered: Registered, *, blobs: BlobStore, settings: Settings) -> Code:
    """The version that is registered now. Raises: VersionDamaged, Unavailable."""
    root = await materialise(registered, blobs=blobs, root=settings.versions_dir)
    working_copy = settings.working_copies_dir / registered.slug
    return await in_thread(_collect, root, working_copy)


def _collect(root: Path, working_copy: Path) -> Code:
    found = hash_tree(root)
    reasons = {file.path: left_out(file.path) for file in found}
    files = [replace(file, mode=ORDINARY) for file in found if reasons[file.path] is None]
    return Code(
        root=root,
        files=files,
        left_out=sorted({reason for reason in reasons.values() if reason}),
        differs=working_copy.is_dir() and not _is_same(working_copy, files),
    )


def _is_same(working_copy: Path, files: Iterable[FileDigest]) -> bool:
    try:
        found = hash_tree(working_copy)
    except (InvalidArchive, OSError):  # links and the like are never part of a version
        return False
    copied = {(file.path, file.sha256) for file in found if left_out(file.path) is None}
    return copied == {(file.path, file.sha256) for file in files}


def _member(path: Path, file: FileDigest, slug: str, prefix: str) -> Member:
    name = prefix + file.path
    if not is_template(file.path):
        return Member.of_file(name, path)
    return Member(name, lambda: (rewrite_static_paths(path.read_bytes(), slug),))
