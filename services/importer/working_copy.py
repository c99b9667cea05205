"""Working copies: `EXPERIMENTS_DIR/{slug}/`, which people may edit (DESIGN §6).

A copy is swapped for another by two renames. What is needed to end or undo a swap after a crash lies in the folder
`.entrepot` beside the copies: the new copy, the old one, and a note of what the copy was made from. All of it happens
under a lock per slug, so that any number of processes on a host may try.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from libs.common.errors import Unavailable
from libs.common.versions import make_durable, sync_folder, version_digest
from services.importer.tree import copy_files, hash_files, list_files

JOURNAL: Final = ".entrepot"
WRITABLE: Final = 0o644


class CopyChanged(Unavailable):
    """The working copy was edited while it was about to be replaced."""

    code = "working-copy-changed"


class Note(BaseModel):
    """What the working copy was made from, and, during a swap, what it will be."""

    digest: str | None = None
    next: str | None = None


@dataclass(frozen=True)
class Look:
    """A working copy as it is: `digest` of its files, None if there is none; `made_from` what was put there."""

    digest: str | None
    made_from: str | None

    @property
    def is_untouched(self) -> bool:
        return self.digest in {None, self.made_from}


class WorkingCopies:
    """All copies of this host. Every method blocks: call it in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._journal = root / JOURNAL

    def path(self, slug: str) -> Path:
        return self._root / slug

    def slugs(self) -> set[str]:
        """Slugs of which a copy was ever made here."""
        return {note.stem for note in self._journal.glob("*.json")}

    def look(self, slug: str) -> Look:
        """Raises: UnusableFolder."""
        with self._locked(slug):
            return self._look(slug)

    def save(self, slug: str, to: Path) -> str | None:
        """Copy what is there into the new folder `to`; the digest of what was copied. Raises: UnusableFolder."""
        with self._locked(slug):
            if not self.path(slug).is_dir():
                return None
            copy_files(self.path(slug), list_files(self.path(slug)), to)
            return version_digest(hash_files(to, list_files(to)))

    def adopt(self, slug: str, digest: str) -> None:
        """Note that the copy, edited by hand, is this version now."""
        with self._locked(slug):
            self._write_note(slug, Note(digest=digest))

    def swap(self, slug: str, version: Path, digest: str, *, expected: str | None) -> None:
        """Put a copy of a version in the place of one that has the digest `expected`. Raises: CopyChanged."""
        with self._locked(slug):
            new, old, here = self._new(slug), self._old(slug), self.path(slug)
            copy_files(version, list_files(version), new)
            make_durable(new, mode=WRITABLE)
            look = self._look(slug)
            if look.digest != expected:
                raise CopyChanged
            self._write_note(slug, Note(digest=look.made_from, next=digest))
            if here.exists():
                here.rename(old)
            new.rename(here)
            sync_folder(self._root)
            self._write_note(slug, Note(digest=digest))
            shutil.rmtree(old, ignore_errors=True)

    def remove(self, slug: str, *, expected: str | None) -> None:
        """Raises: CopyChanged."""
        with self._locked(slug):
            if self._look(slug).digest != expected:
                raise CopyChanged
            if self.path(slug).exists():
                self.path(slug).rename(self._old(slug))
            self._note(slug).unlink(missing_ok=True)
            sync_folder(self._root)
            shutil.rmtree(self._old(slug), ignore_errors=True)

    @contextmanager
    def _locked(self, slug: str) -> Iterator[None]:
        """Alone with this slug on this host, and with no half-done swap."""
        self._journal.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._journal / f"{slug}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._recover(slug)
            yield
        finally:
            os.close(descriptor)

    def _recover(self, slug: str) -> None:
        """End the swap that a killed process left, or undo it; either leaves one whole copy."""
        note, new, old, here = self._read_note(slug), self._new(slug), self._old(slug), self.path(slug)
        if note.next is not None:
            if not here.exists() and new.exists():
                new.rename(here)
            was_done = not new.exists()
            self._write_note(slug, Note(digest=note.next if was_done else note.digest))
        elif not here.exists() and old.exists() and self._note(slug).exists():
            old.rename(here)
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)

    def _look(self, slug: str) -> Look:
        here = self.path(slug)
        digest = version_digest(hash_files(here, list_files(here))) if here.is_dir() else None
        return Look(digest, self._read_note(slug).digest)

    def _read_note(self, slug: str) -> Note:
        path = self._note(slug)
        return Note.model_validate_json(path.read_bytes()) if path.exists() else Note()

    def _write_note(self, slug: str, note: Note) -> None:
        temporary = self._note(slug).with_suffix(".writing")
        with temporary.open("w") as file:
            file.write(note.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._note(slug))
        sync_folder(self._journal)

    def _note(self, slug: str) -> Path:
        return self._journal / f"{slug}.json"

    def _new(self, slug: str) -> Path:
        return self._journal / f"{slug}.new"

    def _old(self, slug: str) -> Path:
        return self._journal / f"{slug}.old"
