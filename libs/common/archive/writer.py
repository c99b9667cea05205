"""Writes ZIP archives whose bytes depend on nothing but names and contents (DESIGN §5, Reproducible)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath
from stat import S_IFREG
from typing import Literal, cast

from isal import isal_zlib
from stream_zip import Method, ZipIntegrityError, ZipOverflowError, stream_zip

from libs.common.archive.chunks import rechunk
from libs.common.archive.clashes import check_clashes
from libs.common.archive.endings import END, END_SIGNATURE, MAX_COMMENT
from libs.common.archive.methods import Deflated, GetCompressor, Stored
from libs.common.archive.names import check_name
from libs.common.archive.problems import InvalidArchive
from libs.common.errors import Conflict, TooLarge

Deflate = Literal["isal", "zlib"]

BLOCK = 256 * 2**10
"""Bytes given to the compressor at once: its output depends on where its input is cut."""
ISAL_LEVEL = 2
"""The highest level at which ISA-L writes the same bytes on every x86-64 processor."""
ZLIB_LEVEL = 6
EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - the format knows local time only; this is its zero
FILE_MODE = S_IFREG | 0o644

PACKED_ALREADY = frozenset(
    {".7z", ".br", ".bz2", ".gz", ".whl", ".xz", ".zip", ".zst"}
    | {".avif", ".gif", ".jpeg", ".jpg", ".mov", ".mp3", ".mp4", ".ogg", ".png", ".webm", ".webp"}
    | {".docx", ".npz", ".parquet", ".pptx", ".woff", ".woff2", ".xlsx"}
)
"""Endings of formats that are compressed themselves; to deflate them again takes time and saves nothing."""


class MemberTooLarge(TooLarge):
    """A file of the archive grew past 4 GiB although no such size was given for it."""

    code = "member-too-large"


class MemberChanged(Conflict):
    """A file changed while it was being archived."""

    code = "member-changed"
    permanent = False


@dataclass(frozen=True)
class Member:
    """A file to be written. `chunks` is called when its turn comes, and twice if the member is stored.

    `size` is needed only of what may pass 4 GiB, where an upper bound will do: it chooses ZIP64, which not every
    tool reads, and nothing else.
    """

    name: str
    chunks: Callable[[], Iterable[bytes]]
    size: int | None = None

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Member:
        return cls(name, lambda: (data,), len(data))

    @classmethod
    def of_file(cls, name: str, path: Path) -> Member:
        return cls(name, lambda: _read_file(path), path.stat().st_size)


def write_archive(
    members: Iterable[Member], *, comment: bytes = b"", deflate: Deflate = "isal"
) -> Iterator[bytes]:
    """The archive in chunks of 256 KiB; holds a few of them, whatever the size.

    Members come sorted by name, without folders. Raises before the first byte: ValueError (unsorted or doubled
    names, a folder, a comment that is too long or ambiguous) and InvalidArchive (all names that `reader` would not
    accept); while writing: MemberTooLarge, MemberChanged.
    """
    if len(comment) > MAX_COMMENT or END_SIGNATURE in comment:
        raise ValueError("the comment is too long, or looks like an end record")
    ordered = list(members)
    _check_names([member.name for member in ordered])
    archive = stream_zip(
        ((m.name, EPOCH, FILE_MODE, _method(m), rechunk(m.chunks(), BLOCK)) for m in ordered),
        chunk_size=BLOCK,
        get_compressobj=_compressor(deflate),
        extended_timestamps=False,
    )
    return rechunk(_with_comment(_translate_errors(archive), comment), BLOCK)


def _check_names(names: list[str]) -> None:
    if any(name.endswith("/") for name in names):
        raise ValueError("folders are not written; their files imply them")
    if any(former >= latter for former, latter in pairwise(names)):
        raise ValueError("members must be sorted by name, each once")
    problems = [problem for name in names for problem in check_name(name)] + check_clashes(names)
    if problems:
        raise InvalidArchive(problems=problems)


def _method(member: Member) -> Method:
    if PurePosixPath(member.name).suffix.lower() not in PACKED_ALREADY:
        return Deflated(member.size or 0)
    size, crc = 0, 0
    for chunk in member.chunks():
        size += len(chunk)
        crc = isal_zlib.crc32(chunk, crc)
    return Stored(size, crc)


def _compressor(deflate: Deflate) -> GetCompressor:
    if deflate == "zlib":
        return partial(zlib.compressobj, level=ZLIB_LEVEL, wbits=-zlib.MAX_WBITS)
    compressor = partial(isal_zlib.compressobj, level=ISAL_LEVEL, wbits=-isal_zlib.MAX_WBITS)
    return cast(GetCompressor, compressor)  # it has zlib's interface, but is no subclass


def _translate_errors(archive: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from archive
    except ZipOverflowError as error:
        raise MemberTooLarge from error
    except ZipIntegrityError as error:
        raise MemberChanged from error


def _with_comment(archive: Iterable[bytes], comment: bytes) -> Iterator[bytes]:
    """Add the comment, which stream-zip cannot write: the end record is last, and ends in its length (§4.3.16)."""
    tail = b""
    for chunk in archive:
        tail += chunk
        if len(tail) > END.size:
            yield tail[: -END.size]
            tail = tail[-END.size :]
    yield tail[:-2] + len(comment).to_bytes(2, "little") + comment


def _read_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(BLOCK):
            yield chunk
