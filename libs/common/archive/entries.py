"""What one entry is, and what its central header must not say."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass

from libs.common.archive.extras import read_unicode_path
from libs.common.archive.headers import FLAG_DESCRIPTOR, FLAG_UTF8, CentralHeader
from libs.common.archive.names import decode_name
from libs.common.archive.rulebook import (
    ENCRYPTED,
    KIND_DIFFERS,
    LINK,
    MULTI_DISK,
    SIZE_DIFFERS,
    SPECIAL_FILE,
    SPECIAL_MODE,
    UNKNOWN_FLAG,
    UNKNOWN_METHOD,
    Rule,
)

STORED = 0
DEFLATED = 8
AES = 99
"""Stands in place of the method of an encrypted entry."""
METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ"}

FLAGS_ENCRYPTION = 1 << 0 | 1 << 6 | 1 << 13
FLAGS_DEFLATE_LEVEL = 1 << 1 | 1 << 2
FLAGS_KNOWN = FLAGS_ENCRYPTION | FLAGS_DEFLATE_LEVEL | FLAG_DESCRIPTOR | FLAG_UTF8
DOS_FOLDER = 0x10
DOS_REPARSE_POINT = 0x400
"""NTFS: a link, as some Windows tools store it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or, if the name ends in `/`, a folder. Sizes in bytes, as the headers say; reading verifies them."""

    name: str
    size: int
    packed_size: int
    crc: int
    mode: int
    """Unix mode with its file type, 0 where the archive was made elsewhere."""
    method: int
    offset: int
    """Where the packed data begin in the file."""

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def entry_name(header: CentralHeader) -> str:
    """Raises: Broken, if the header does not have one clear name."""
    return decode_name(
        header.raw_name,
        says_utf8=bool(header.flags & FLAG_UTF8),
        host=header.host,
        unicode_path=read_unicode_path(header.extra, header.raw_name),
    )


def header_faults(header: CentralHeader) -> Iterator[tuple[Rule, str]]:
    if header.flags & FLAGS_ENCRYPTION or header.method == AES:
        yield ENCRYPTED, "The entry is encrypted."
    elif header.method not in {STORED, DEFLATED}:
        method = METHODS.get(header.method, str(header.method))
        yield UNKNOWN_METHOD, f"The entry is packed by the method {method}."
    if header.flags & ~FLAGS_KNOWN:
        yield UNKNOWN_FLAG, f"The entry has the unknown flags {header.flags & ~FLAGS_KNOWN:#06x}."
    if header.disk:
        yield MULTI_DISK, "The entry lies in another part of a split archive."
    if header.method == STORED and header.size != header.packed_size:
        yield SIZE_DIFFERS, "The entry is stored, but has two different sizes."
    yield from _kind_faults(header)


def _kind_faults(header: CentralHeader) -> Iterator[tuple[Rule, str]]:
    mode = header.attributes >> 16
    kind = stat.S_IFMT(mode)
    is_folder = header.raw_name.endswith(b"/")
    says_folder = kind == stat.S_IFDIR or (not kind and bool(header.attributes & DOS_FOLDER))
    if kind == stat.S_IFLNK or header.attributes & DOS_REPARSE_POINT:
        yield LINK, "The entry is a link."
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        yield SPECIAL_FILE, "The entry is a device, pipe or socket."
    elif (is_folder and kind == stat.S_IFREG) or (says_folder and not is_folder):
        yield KIND_DIFFERS, "Name and mode disagree whether the entry is a file or a folder."
    elif is_folder and header.size:
        yield KIND_DIFFERS, "The entry is a folder, but has contents."
    if not is_folder and mode & (stat.S_ISUID | stat.S_ISGID):
        yield SPECIAL_MODE, "The entry has a set-uid or set-gid bit."
