"""Central and local headers and data descriptors, each read by one function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from struct import Struct

from libs.common.archive.endings import LOCAL_SIGNATURE
from libs.common.archive.extras import resolve_zip64
from libs.common.archive.problems import Broken
from libs.common.archive.rulebook import BAD_DIRECTORY, BAD_HEADER
from libs.common.archive.source import Source

CENTRAL_SIGNATURE = b"PK\x01\x02"
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
CENTRAL = Struct("<4s6H3L5H2L")
LOCAL = Struct("<4s5H3L2H")
DESCRIPTORS = (Struct("<4sLQQ"), Struct("<LQQ"), Struct("<4sLLL"), Struct("<LLL"))
"""§4.3.9: 64 or 32 bit, with or without its signature; longest first."""

FLAG_DESCRIPTOR = 1 << 3
FLAG_UTF8 = 1 << 11


@dataclass(frozen=True, slots=True)
class CentralHeader:
    """What the central directory says of an entry."""

    raw_name: bytes
    extra: bytes
    host: int
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    disk: int
    attributes: int
    offset: int


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands before an entry's data, which begin at `data_offset`."""

    raw_name: bytes
    extra: bytes
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    data_offset: int


def read_central(source: Source, at: int, end: int) -> tuple[CentralHeader, int]:
    """§4.3.12: the header at `at` and where the next one begins. Raises: Broken."""
    if at + CENTRAL.size > end:
        raise Broken(BAD_DIRECTORY, "The central directory is cut off.")
    fields = CENTRAL.unpack(source.read_at(at, CENTRAL.size))
    signature, made_by, _, flags, method, _, _, crc, packed, size = fields[:10]
    name_size, extra_size, comment_size, disk, _, attributes, offset = fields[10:]
    if signature != CENTRAL_SIGNATURE:
        raise Broken(BAD_DIRECTORY, "The central directory holds something that is no entry.")
    variable = at + CENTRAL.size
    following = variable + name_size + extra_size + comment_size
    if following > end:
        raise Broken(BAD_DIRECTORY, "The central directory's last entry is cut off.")
    data = source.read_at(variable, name_size + extra_size)
    name, extra, host = data[:name_size], data[name_size:], made_by >> 8
    header = CentralHeader(name, extra, host, flags, method, crc, packed, size, disk, attributes, offset)
    return header, following


def resolve_central(header: CentralHeader) -> CentralHeader:
    """The header with the values that its ZIP64 field holds. Raises: Broken."""
    values = (header.size, header.packed_size, header.offset, header.disk)
    size, packed, offset, disk = resolve_zip64(header.extra, values)
    if (size, packed, offset, disk) == values:
        return header
    return replace(header, size=size, packed_size=packed, offset=offset, disk=disk)


def read_local(source: Source, at: int, end: int) -> LocalHeader:
    """§4.3.7: the header before an entry's data, which lie before `end`. Raises: Broken."""
    if at + LOCAL.size > end:
        raise Broken(BAD_HEADER, "The entry would begin outside of the archive's data.")
    fields = LOCAL.unpack(source.read_at(at, LOCAL.size))
    signature, _, flags, method, _, _, crc, packed, size, name_size, extra_size = fields
    if signature != LOCAL_SIGNATURE:
        raise Broken(BAD_HEADER, "There is no entry where the central directory says so.")
    data_offset = at + LOCAL.size + name_size + extra_size
    if data_offset > end:
        raise Broken(BAD_HEADER, "The entry's header is cut off.")
    data = source.read_at(at + LOCAL.size, name_size + extra_size)
    size, packed = resolve_zip64(data[name_size:], (size, packed))
    return LocalHeader(data[:name_size], data[name_size:], flags, method, crc, packed, size, data_offset)


def match_descriptor(data: bytes, header: CentralHeader) -> int | None:
    """§4.3.9: bytes of the data descriptor at the beginning of `data` that says what `header` does, if one does."""
    for form in DESCRIPTORS:
        if len(data) >= form.size:
            *signature, crc, packed, size = form.unpack_from(data)
            same = (crc, packed, size) == (header.crc, header.packed_size, header.size)
            if same and signature in ([], [DESCRIPTOR_SIGNATURE]):
                return form.size
    return None
