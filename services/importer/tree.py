"""Folders that people edit: their files without litter, hashed or copied."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from libs.common.archive.digest import ORDINARY, FileDigest
from libs.common.archive.names import check_name
from libs.common.errors import InvalidInput, Problem
from libs.common.manifest.files import litter_in


class UnusableFolder(InvalidInput):
    """The folder holds something that cannot be part of a version."""

    code = "unusable-folder"


def list_files(root: Path) -> list[str]:
    """Paths of the files below a folder, sorted, without litter. Raises: UnusableFolder, OSError."""
    problems: list[Problem] = []
    paths = sorted(_walk(root, "", problems))
    problems.sort(key=lambda problem: problem.path or "")
    problems += [problem for path in paths for problem in check_name(path)]
    if problems:
        raise UnusableFolder(f"{root} holds what cannot be part of a version.", problems=problems)
    return paths


def hash_files(root: Path, paths: Iterable[str]) -> list[FileDigest]:
    """Digests of these files, all with the ordinary mode."""
    return [_hash(root, path) for path in paths]


def copy_files(root: Path, paths: Iterable[str], to: Path) -> None:
    """Copy contents, not modes, into a new folder; nothing is linked."""
    to.mkdir(parents=True)
    for path in paths:
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, target, follow_symlinks=False)


def _walk(folder: Path, prefix: str, problems: list[Problem]) -> Iterator[str]:
    with os.scandir(folder) as children:
        for child in children:
            path = prefix + child.name
            is_folder = child.is_dir(follow_symlinks=False)
            if litter_in(f"{path}/x" if is_folder else path):
                continue
            if is_folder:
                yield from _walk(Path(child.path), f"{path}/", problems)
            elif child.is_file(follow_symlinks=False):
                yield path
            else:
                problems.append(_not_a_file(path))


def _hash(root: Path, path: str) -> FileDigest:
    with (root / path).open("rb", buffering=0) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return FileDigest(path, ORDINARY, os.fstat(file.fileno()).st_size, sha256)


def _not_a_file(path: str) -> Problem:
    return Problem(
        category="constraint",
        code="not-a-file",
        path=path.encode(errors="replace").decode(),
        message="It is a link, device, pipe or socket.",
        remedy="Replace it by an ordinary file, or remove it.",
    )
