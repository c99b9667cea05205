"""Writes an upload's accepted files into a folder, counted and hashed while they are inflated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from libs.common.archive.digest import ORDINARY, FileDigest
from libs.common.archive.entries import Entry
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import Archive
from libs.common.errors import Problem
from services.importer.links import Renaming


@dataclass
class Unpacked:
    """What lies in the folder now; with problems it must not be used."""

    files: list[FileDigest] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def unpack(archive: Archive, members: Mapping[str, Entry], to: Path, renaming: Renaming) -> Unpacked:
    """Write each member to its path below the new folder `to`; renames what names a former slug."""
    unpacked = Unpacked()
    to.mkdir()
    for path, entry in members.items():
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            chunks = _content(archive, path, entry, renaming, unpacked)
            unpacked.files.append(_write(target, path, chunks))
        except InvalidArchive as error:
            unpacked.problems += error.problems
    unpacked.problems += _verify_rest(archive, members)
    return unpacked


def _verify_rest(archive: Archive, members: Mapping[str, Entry]) -> list[Problem]:
    """What is not taken must be sound, too: a ZIP that lies in one place is not to be believed in another."""
    problems: list[Problem] = []
    taken = {entry.name for entry in members.values()}
    for entry in archive.entries:
        if entry.name in taken:
            continue
        try:
            for _ in archive.read(entry):
                pass
        except InvalidArchive as error:
            problems += error.problems
    return problems


def _content(
    archive: Archive, path: str, entry: Entry, renaming: Renaming, unpacked: Unpacked
) -> Iterator[bytes]:
    if not renaming.touches(path, entry.size):
        yield from archive.read(entry)
        return
    content = b"".join(archive.read(entry))
    renamed = renaming.apply(path, content)
    if renamed != content:
        unpacked.rewritten.append(path)
    unpacked.warnings += renaming.leftovers(path, renamed)
    yield renamed


def _write(target: Path, path: str, chunks: Iterator[bytes]) -> FileDigest:
    sha256, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        for chunk in chunks:
            sha256.update(chunk)
            size += len(chunk)
            file.write(chunk)
    return FileDigest(path, ORDINARY, size, sha256.hexdigest())
