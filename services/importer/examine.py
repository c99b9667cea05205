"""From an uploaded ZIP to checked files in a folder: every check runs, and all problems are listed at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from libs.common.archive.digest import FileDigest
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import Archive, inspect_archive, open_archive
from libs.common.errors import InvalidInput, Problem
from libs.common.limits import MIB
from libs.common.manifest.comment import slug_of_comment
from libs.common.manifest.model import MANIFEST
from libs.common.versions import version_digest
from services.importer.check import check_files, missing_files
from services.importer.detect import Detected, Sources, detect_slug
from services.importer.layout import Layout, find_layout
from services.importer.links import SLUG_KEYS, Renaming
from services.importer.unpack import Unpacked, unpack

MANIFEST_LIMIT: Final = MIB


class InvalidUpload(InvalidInput):
    """The upload is no experiment that can be installed; nothing was changed."""

    code = "invalid-upload"

    def __init__(self, problems: list[Problem], warnings: list[Problem] | None = None) -> None:
        self.warnings = warnings or []
        count = f"{len(problems)} problems" if len(problems) > 1 else "one problem"
        super().__init__(f"The upload has {count}; nothing was changed.", problems=problems)


@dataclass(frozen=True)
class Upload:
    """A ZIP on this host's disk, as it was sent."""

    path: Path
    file_name: str
    slug: str | None = None
    """The form field `slug_id`."""


@dataclass(frozen=True)
class Examined:
    """An upload that may be installed: its files lie unpacked in `tree`."""

    slug: str
    tree: Path
    files: list[FileDigest]
    dropped: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    former: frozenset[str] = frozenset()
    """Other slugs that the ZIP speaks of."""

    @property
    def digest(self) -> str:
        return version_digest(self.files)


def examine(upload: Upload, tree: Path, limits: ArchiveLimits) -> Examined:
    """Unpack the experiment into the new folder `tree` and check it.

    Raises: InvalidUpload with all problems; OSError.
    """
    try:
        archive = open_archive(upload.path, limits)
    except InvalidArchive as error:
        raise InvalidUpload([*error.problems, *_missing_by_name(upload, limits, error.problems)]) from error
    with archive:
        layout = find_layout(archive.entries, upload.slug)
        detected = detect_slug(_sources(upload, archive, layout))
        renaming = Renaming(detected.slug or "", detected.former)
        unpacked = unpack(archive, layout.files, tree, renaming)
    return _judge(layout, detected, unpacked, tree)


def _judge(layout: Layout, detected: Detected, unpacked: Unpacked, tree: Path) -> Examined:
    problems = [*layout.problems, *detected.problems, *unpacked.problems]
    warnings = [*layout.warnings, *unpacked.warnings]
    if not (layout.problems or unpacked.problems):
        checked = check_files(tree, layout.files, detected.slug or "")
        problems += checked.problems
        warnings += checked.warnings
    if problems or detected.slug is None:
        raise InvalidUpload(problems, warnings)
    return Examined(
        slug=detected.slug,
        tree=tree,
        files=unpacked.files,
        dropped=layout.dropped,
        rewritten=unpacked.rewritten,
        warnings=warnings,
        former=detected.former,
    )


def _missing_by_name(upload: Upload, limits: ArchiveLimits, known: list[Problem]) -> list[Problem]:
    """Required files that are not there, as far as a ZIP tells that must not be read."""
    entries = inspect_archive(upload.path, limits).entries
    if not entries:
        return []
    layout = find_layout(entries, upload.slug)
    named = [problem.path or "" for problem in known]
    return [
        problem
        for problem in missing_files(layout.files)
        if not any(name.endswith(problem.path or "") for name in named)
    ]


def _sources(upload: Upload, archive: Archive, layout: Layout) -> Sources:
    return Sources(
        form=upload.slug,
        folder=layout.folder,
        manifest=_manifest_slugs(archive, layout),
        wrapper=layout.wrapper,
        comment=slug_of_comment(archive.comment),
        file_name=upload.file_name,
    )


def _manifest_slugs(archive: Archive, layout: Layout) -> dict[str, str]:
    """The slug keys of the manifest; what else is wrong with it is found when it is checked."""
    entry = layout.files.get(MANIFEST)
    if entry is None:
        return {}
    try:
        content = archive.read_whole(entry, limit=MANIFEST_LIMIT)
        parsed: Any = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except (InvalidArchive, orjson.JSONDecodeError):
        return {}
    if not isinstance(parsed, dict):
        return {}
    return {key: parsed[key] for key in sorted(SLUG_KEYS) if isinstance(parsed.get(key), str)}
