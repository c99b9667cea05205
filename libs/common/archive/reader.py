"""Opens ZIP archives that may be hostile: the whole structure is checked before a byte of content is inflated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from libs.common.archive.entries import Entry
from libs.common.archive.inflate import inflate
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import Broken, Findings, InvalidArchive, refuse
from libs.common.archive.rulebook import UNPACKED_TOO_LARGE
from libs.common.archive.source import Source
from libs.common.archive.survey import Survey, survey
from libs.common.errors import Problem


class Archive:
    """An archive whose structure is in order. Several threads may read from it at the same time."""

    def __init__(self, source: Source, checked: Survey) -> None:
        self._source = source
        self.entries = checked.entries
        self.comment = checked.comment

    def read(self, entry: Entry) -> Iterator[bytes]:
        """The contents in chunks of at most 256 KiB. Size and CRC are verified at the end, and never exceeded.

        Raises: InvalidArchive, possibly after chunks that must then be thrown away.
        """
        try:
            yield from inflate(self._source, entry)
        except Broken as fault:
            refuse(fault.rule, fault.message, entry.name)

    def read_whole(self, entry: Entry, *, limit: int) -> bytes:
        """The contents of a small file. Raises: InvalidArchive, also if it has more than `limit` bytes."""
        if entry.size > limit:
            message = f"The file has {entry.size} bytes; {limit} are allowed here."
            refuse(UNPACKED_TOO_LARGE, message, entry.name)
        return b"".join(self.read(entry))

    def verify(self) -> list[Problem]:
        """Inflate everything, keep nothing, and list all that is wrong with the contents."""
        findings = Findings()
        for entry in self.entries:
            try:
                for _ in inflate(self._source, entry):
                    pass
            except Broken as fault:
                findings.add(fault.rule, fault.message, entry.name)
        return findings.problems()

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_archive(path: Path, limits: ArchiveLimits) -> Archive:
    """Raises: InvalidArchive with all problems of its structure; OSError."""
    with ExitStack() as on_failure:
        source = on_failure.enter_context(Source(path))
        checked = survey(source, limits)
        if checked.problems:
            raise InvalidArchive(problems=checked.problems)
        on_failure.pop_all()
    return Archive(source, checked)


def inspect_archive(path: Path, limits: ArchiveLimits) -> Survey:
    """All that can be said about an archive without trusting it, for answers that list everything.

    Raises: OSError.
    """
    with Source(path) as source:
        return survey(source, limits)
