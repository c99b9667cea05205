"""Digests of what an archive is made of, known before anything is compressed (DESIGN §5, `content_digest`)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from libs.common.archive.problems import InvalidArchive, broken
from libs.common.archive.rulebook import LINK, NAME_NOT_UTF8, SPECIAL_FILE
from libs.common.errors import Problem

ORDINARY = 0o644
EXECUTABLE = 0o755


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file of a tree: path relative to it with `/`, size in bytes, SHA-256 in hexadecimal.

    The mode is `ORDINARY` or `EXECUTABLE`: all else depends on the umask under which a copy was made.
    """

    path: str
    mode: int
    size: int
    sha256: str


def content_digest(parts: Mapping[str, str], files: Iterable[FileDigest]) -> str:
    """SHA-256 in hexadecimal over labelled parts (digest of the data, kind, options, version) and files, in any order.

    Canonical JSON keeps all of it apart: no two different inputs are written the same. Raises: ValueError, if two
    files have one path.
    """
    rows = sorted((file.path, file.mode, file.sha256) for file in files)
    if len({path for path, _, _ in rows}) != len(rows):
        raise ValueError("two files have the same path")
    document = orjson.dumps([dict(parts), rows], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(document).hexdigest()


def tree_digest(files: Iterable[FileDigest]) -> str:
    """SHA-256 in hexadecimal of a tree's files alone, as `content_digest` without parts."""
    return content_digest({}, files)


def hash_tree(root: Path) -> list[FileDigest]:
    """All files below a folder, sorted by path; empty folders leave no trace.

    Raises: InvalidArchive with every link, device, pipe, socket and undecodable name in it; OSError.
    """
    problems: list[Problem] = []
    paths = sorted(_regular_files(root, "", problems))
    if problems:
        raise InvalidArchive(problems=problems)
    return [_hash_file(root, path) for path in paths]


def _regular_files(folder: Path, prefix: str, problems: list[Problem]) -> Iterator[str]:
    """Paths below `folder`, each led by `prefix`; what is neither file nor folder goes to the problems."""
    with os.scandir(folder) as children:
        for child in children:
            path = prefix + child.name
            if child.is_symlink():
                problems.append(broken(LINK, "The file is a link.", path))
            elif not _is_utf8(child.name):
                problems.append(broken(NAME_NOT_UTF8, "The name is not UTF-8.", path))
            elif child.is_dir():
                yield from _regular_files(Path(child.path), f"{path}/", problems)
            elif child.is_file():
                yield path
            else:
                problems.append(broken(SPECIAL_FILE, "The file is a device, pipe or socket.", path))


def _is_utf8(name: str) -> bool:
    """Python reads other bytes of a file's name as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _hash_file(root: Path, path: str) -> FileDigest:
    """Opened without following links, should one have taken the file's place."""
    descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        status = os.fstat(file.fileno())
    mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else ORDINARY
    return FileDigest(path, mode, status.st_size, sha256)
