"""What was changed between two kept versions of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from libs.common.archive.digest import FileDigest
from libs.common.events.imports import ExperimentCompared, ExperimentRequest, FileChange
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.leaving import left_out
from libs.common.manifest.slug import check_slug
from libs.common.threads import in_thread
from libs.common.versions import Version
from services.importer.context import Importer
from services.importer.install import hash_tree_files
from services.importer.versions.texts import is_text, unified_diff

FILE_LIMIT: Final = 256 * 1024
"""Bytes of a file whose text is compared: sources have some hundred lines, larger files are data."""
TEXT_LIMIT: Final = 256 * 1024
"""Characters of all diffs together: they are part of a document and of a message, and nobody reads more."""
FILES_LISTED: Final = 500

Omitted = Literal["binary", "large", "secret", "limit"]


@dataclass(frozen=True)
class _Pair:
    """A file in which the versions differ; None where a version does not have it."""

    path: str
    old: FileDigest | None
    new: FileDigest | None

    @property
    def change(self) -> Literal["added", "changed", "removed"]:
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"

    @property
    def size(self) -> int:
        present = self.new or self.old
        return present.size if present else 0

    @property
    def largest(self) -> int:
        return max(file.size for file in (self.old, self.new) if file)


async def compare(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """Also of an experiment that was deleted, as long as its versions are kept.

    Raises: VersionNotFound, VersionDamaged, Unavailable.
    """
    slug = check_slug(command.slug)
    target = await importer.history.newest(slug, command.revision)
    base = await importer.history.target(slug, command.base, before=target.revision)
    run.progress("comparing")
    old, new = await importer.restore(base), await importer.restore(target)
    pairs = await _differing(old, new)
    compared = ExperimentCompared(
        slug=slug,
        base=base.revision,
        target=target.revision,
        files=await _described(pairs[:FILES_LISTED], old, new),
        total=len(pairs),
        message=_message(base, target, pairs),
    )
    return Outcome("experiment.compared", compared)


async def _differing(old: Path, new: Path) -> list[_Pair]:
    before = {file.path: file for file in await in_thread(hash_tree_files, old)}
    after = {file.path: file for file in await in_thread(hash_tree_files, new)}
    pairs = (_Pair(path, before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys()))
    return [pair for pair in pairs if not (pair.old and pair.new and pair.old.sha256 == pair.new.sha256)]


async def _described(pairs: Sequence[_Pair], old: Path, new: Path) -> list[FileChange]:
    """Each with its diff, as long as there is room."""
    room, described = TEXT_LIMIT, []
    for pair in pairs:
        omitted = await in_thread(_unreadable, pair, old, new)
        diff = None
        if omitted is None:
            diff = await unified_diff(pair.path, old if pair.old else None, new if pair.new else None)
            if diff is None or len(diff) > room:
                diff, omitted = None, "limit"
            else:
                room -= len(diff)
        described.append(
            FileChange(path=pair.path, change=pair.change, size=pair.size, diff=diff, omitted=omitted)
        )
    return described


def _unreadable(pair: _Pair, old: Path, new: Path) -> Omitted | None:
    """Why a file's text is not shown, whatever is in it."""
    if left_out(pair.path) is not None:
        return "secret"
    if pair.largest > FILE_LIMIT:
        return "large"
    sides = [root / pair.path for root, file in ((old, pair.old), (new, pair.new)) if file]
    return None if all(is_text(side.read_bytes()) for side in sides) else "binary"


def _message(base: Version, target: Version, pairs: Sequence[_Pair]) -> str:
    between = f"revision {base.revision} and revision {target.revision} of {target.slug}"
    if not pairs:
        return f"There is no difference between {between}."
    counts = {kind: sum(pair.change == kind for pair in pairs) for kind in ("added", "changed", "removed")}
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"Files between {between}: {said}."
