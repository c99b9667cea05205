"""The records at the end of an archive, which say where its central directory lies."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from libs.common.archive.problems import Broken
from libs.common.archive.rulebook import (
    BAD_DIRECTORY,
    BAD_ZIP64,
    MULTI_DISK,
    NOT_A_ZIP,
    PREPENDED_DATA,
    SEVERAL_END_RECORDS,
    TRAILING_DATA,
    TRUNCATED,
)
from libs.common.archive.source import Source

LOCAL_SIGNATURE = b"PK\x03\x04"
END_SIGNATURE = b"PK\x05\x06"
ZIP64_END_SIGNATURE = b"PK\x06\x06"
LOCATOR_SIGNATURE = b"PK\x06\x07"
END = Struct("<4s4H2LH")
ZIP64_END = Struct("<4sQ2H2L4Q")
LOCATOR = Struct("<4sLQL")

MAX_COMMENT = 0xFFFF
ABSENT_16 = 0xFFFF
ABSENT_32 = 0xFFFFFFFF
"""A field of this value stands in the ZIP64 record instead."""


@dataclass(frozen=True, slots=True)
class EndRecord:
    """Both end records as one. The central directory must end at `limit`, where the first of them begins."""

    limit: int
    disk: int
    directory_disk: int
    entries_here: int
    entries: int
    directory_size: int
    directory_offset: int
    comment: bytes


def read_end(source: Source) -> EndRecord:
    """The end records, consistent with each other and with the file's size. Raises: Broken."""
    position = _find_end(source)
    _, disk, directory_disk, entries_here, entries, size, offset, _ = END.unpack(
        source.read_at(position, END.size)
    )
    comment = source.read_at(position + END.size, source.size - position - END.size)
    short = EndRecord(position, disk, directory_disk, entries_here, entries, size, offset, comment)
    end = _with_zip64(source, short)
    _check_disks(end)
    _check_place(end)
    _check_single(source, end, position)
    return end


def _find_end(source: Source) -> int:
    """§4.3.16: the end record is the file's last, so it must reach the file's end with its comment."""
    start = max(0, source.size - END.size - MAX_COMMENT)
    tail = source.read_at(start, source.size - start)
    found = _positions(tail)
    reaching = [at for at in found if at + END.size + _comment_size(tail, at) == len(tail)]
    if not found:
        if tail and source.read_at(0, min(4, source.size)) == LOCAL_SIGNATURE:
            raise Broken(TRUNCATED, "The archive has no end record.")
        raise Broken(NOT_A_ZIP, "The file is not a ZIP archive.")
    if len(reaching) > 1 or (reaching and found[-1] > reaching[0]):
        raise Broken(SEVERAL_END_RECORDS, "The archive has more than one end record.")
    if reaching:
        return start + reaching[0]
    if found[-1] + END.size + _comment_size(tail, found[-1]) > len(tail):
        raise Broken(TRUNCATED, "The archive's comment is cut off.")
    raise Broken(TRAILING_DATA, "Data follow the end of the archive.")


def _positions(data: bytes) -> list[int]:
    """Where complete end records may begin in the data."""
    found: list[int] = []
    at = data.find(END_SIGNATURE)
    while 0 <= at <= len(data) - END.size:
        found.append(at)
        at = data.find(END_SIGNATURE, at + 1)
    return found


def _comment_size(data: bytes, at: int) -> int:
    return int.from_bytes(data[at + END.size - 2 : at + END.size], "little")


def _with_zip64(source: Source, short: EndRecord) -> EndRecord:
    """§4.3.14, §4.3.15: take what the ZIP64 records say, which may not contradict the short record."""
    located = _read_locator(source, short.limit)
    if located is None:
        if ABSENT_32 in (short.directory_size, short.directory_offset):
            raise Broken(BAD_ZIP64, "The end record announces a ZIP64 record, but there is none.")
        return short
    at, disk, disks = located
    if disk != 0 or disks > 1:
        raise Broken(MULTI_DISK, "The archive is part of a split one.")
    if at != short.limit - LOCATOR.size - ZIP64_END.size:
        raise Broken(BAD_ZIP64, "The ZIP64 end record does not lie before its locator.")
    fields = ZIP64_END.unpack(source.read_at(at, ZIP64_END.size))
    signature, size, _, _, disk, directory_disk, entries_here, entries, directory_size, offset = fields
    if signature != ZIP64_END_SIGNATURE or size != ZIP64_END.size - 12:
        raise Broken(BAD_ZIP64, "The ZIP64 end record is malformed.")
    long = EndRecord(at, disk, directory_disk, entries_here, entries, directory_size, offset, short.comment)
    _check_agreement(short, long)
    return long


def _read_locator(source: Source, end: int) -> tuple[int, int, int] | None:
    if end < LOCATOR.size:
        return None
    signature, disk, at, disks = LOCATOR.unpack(source.read_at(end - LOCATOR.size, LOCATOR.size))
    return (at, disk, disks) if signature == LOCATOR_SIGNATURE else None


def _check_agreement(short: EndRecord, long: EndRecord) -> None:
    pairs = (
        (short.disk, long.disk, ABSENT_16),
        (short.directory_disk, long.directory_disk, ABSENT_16),
        (short.entries_here, long.entries_here, ABSENT_16),
        (short.entries, long.entries, ABSENT_16),
        (short.directory_size, long.directory_size, ABSENT_32),
        (short.directory_offset, long.directory_offset, ABSENT_32),
    )
    if any(brief not in (absent, full) for brief, full, absent in pairs):
        raise Broken(BAD_ZIP64, "The ZIP64 end record contradicts the end record.")


def _check_disks(end: EndRecord) -> None:
    if end.disk or end.directory_disk or end.entries_here != end.entries:
        raise Broken(MULTI_DISK, "The archive is part of a split one.")


def _check_place(end: EndRecord) -> None:
    stated = end.directory_offset + end.directory_size
    if stated > end.limit:
        raise Broken(BAD_DIRECTORY, "The central directory would lie outside of the file.")
    if stated < end.limit:
        raise Broken(PREPENDED_DATA, "There are data that do not belong to the archive.")


def _check_single(source: Source, end: EndRecord, position: int) -> None:
    """No other end record may lie in or behind the directory; one inside a stored file is that file's own."""
    start = max(end.directory_offset, position - END.size - MAX_COMMENT)
    if END_SIGNATURE in source.read_at(start, position - start):
        raise Broken(SEVERAL_END_RECORDS, "The archive has more than one end record.")
