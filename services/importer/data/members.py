"""The data of an export inside an upload: found, and copied out of the ZIP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from libs.common.archive.entries import Entry
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import open_archive
from libs.common.errors import Problem
from libs.common.manifest.files import litter_in
from services.importer.data.spooling import COLLECTIONS_FILE

TYPES_FILE: Final = "db_types.json"


@dataclass(frozen=True)
class Taken:
    """The two files lie in `folder`, if there are no problems; `digest` names their contents."""

    folder: Path
    digest: str = ""
    problems: tuple[Problem, ...] = ()


def take_data(path: Path, limits: ArchiveLimits, to: Path) -> Taken:
    """Copy the data files of a ZIP into the new folder `to`. Raises: InvalidArchive, OSError."""
    to.mkdir()
    with open_archive(path, limits) as archive:
        home = _home(archive.entries)
        if home is None:
            return Taken(to, problems=(_none(),))
        entries = {entry.name: entry for entry in archive.entries}
        digest = hashlib.sha256()
        try:
            for name in (COLLECTIONS_FILE, TYPES_FILE):
                with (to / name).open("xb") as file:
                    for chunk in archive.read(entries[home + name]):
                        digest.update(chunk)
                        file.write(chunk)
                digest.update(b"\0")
        except InvalidArchive as error:
            return Taken(to, problems=tuple(error.problems))
    return Taken(to, digest.hexdigest())


def _home(entries: Iterable[Entry]) -> str | None:
    """The folder nearest to the root that holds both files, with its slash."""
    names = {entry.name for entry in entries if not litter_in(entry.name)}
    homes = [name.removesuffix(COLLECTIONS_FILE) for name in names if name.split("/")[-1] == COLLECTIONS_FILE]
    both = [home for home in homes if home + TYPES_FILE in names]
    return min(both, key=lambda home: (home.count("/"), home), default=None)


def _none() -> Problem:
    return Problem(
        category="request",
        code="no-data",
        path=COLLECTIONS_FILE,
        message=f"The ZIP does not hold {COLLECTIONS_FILE} beside {TYPES_FILE}, so it carries no data to import.",
        remedy="Send a standalone or docker export as it is, or leave out with_data.",
    )
