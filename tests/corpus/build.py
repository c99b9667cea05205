"""Builds ZIPs byte by byte, so that every field can lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

Descriptor = Literal["", "32", "32s", "64", "64s"]
DESCRIPTOR_FORMS = {"32": "<LLL", "32s": "<4sLLL", "64": "<LQQ", "64s": "<4sLQQ"}
Zip64 = bytes | Callable[[int, int, int], bytes]
ALL_32 = 0xFFFFFFFF
ALL_16 = 0xFFFF


@dataclass(frozen=True)
class Header:
    """Fields of a local or central header that differ from the truth; None is the truth."""

    signature: bytes | None = None
    name: bytes | None = None
    extra: bytes = b""
    flags: int | None = None
    method: int | None = None
    crc: int | None = None
    packed_size: int | None = None
    size: int | None = None
    offset: int | None = None
    disk: int = 0
    name_size: int | None = None


TRUE = Header()


@dataclass(frozen=True)
class Item:
    """An entry; `packed` are its data as they lie in the file, where they are not made from `data`."""

    name: bytes = b"file.txt"
    data: bytes = b"hello, hello, hello"
    method: int = 8
    flags: int = 0
    mode: int = 0
    host: int = 3
    dos_attributes: int = 0
    packed: bytes | None = None
    descriptor: Descriptor = ""
    descriptor_bytes: bytes | None = None
    local: Header = TRUE
    central: Header = TRUE
    after: bytes = b""
    comment: bytes = b""
    in_data: bool = True
    """Otherwise the entry stands in the central directory only."""


@dataclass(frozen=True)
class End:
    """Fields of the end records that differ from the truth."""

    disk: int = 0
    directory_disk: int = 0
    entries_here: int | None = None
    entries: int | None = None
    size: int | None = None
    offset: int | None = None
    comment_size: int | None = None


@dataclass
class _Built:
    data: bytearray = field(default_factory=bytearray)
    directory: bytearray = field(default_factory=bytearray)
    entries: int = 0


def deflate(data: bytes, level: int = 6) -> bytes:
    compressor = zlib.compressobj(level, wbits=-15)
    return compressor.compress(data) + compressor.flush()


def zip64_extra(*values: int) -> bytes:
    return struct.pack("<HH", 1, 8 * len(values)) + b"".join(value.to_bytes(8, "little") for value in values)


def unicode_path(raw_name: bytes, path: bytes) -> bytes:
    data = struct.pack("<BL", 1, zlib.crc32(raw_name)) + path
    return struct.pack("<HH", 0x7075, len(data)) + data


def build(
    *items: Item,
    prefix: bytes = b"",
    before_directory: bytes = b"",
    after_directory: bytes = b"",
    zip64: Zip64 = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    end: End | None = None,
) -> bytes:
    """The archive. `zip64` makes the ZIP64 records of (entries, directory's size, directory's offset)."""
    built = _Built(bytearray(prefix))
    for item in items:
        _append(built, item)
    built.data += before_directory
    offset = len(built.data)
    built.data += built.directory + after_directory
    if callable(zip64):
        zip64 = zip64(built.entries, len(built.directory), offset)
    built.data += zip64
    built.data += _end(end or End(), built.entries, len(built.directory), offset, comment)
    return bytes(built.data) + suffix


def _append(built: _Built, item: Item) -> None:
    packed = item.packed
    if packed is None:
        packed = deflate(item.data) if item.method == 8 else item.data
    flags = item.flags | (8 if item.descriptor else 0)
    truth = Header(
        name=item.name,
        flags=flags,
        method=item.method,
        crc=zlib.crc32(item.data),
        packed_size=len(packed),
        size=len(item.data),
        offset=len(built.data),
    )
    streamed = replace(truth, crc=0, packed_size=0, size=0) if item.descriptor else truth
    if item.in_data:
        built.data += _local(_told(item.local, streamed)) + packed + _descriptor(item, truth) + item.after
    built.directory += _central(_told(item.central, truth), item)
    built.entries += 1


def _told(lie: Header, truth: Header) -> Header:
    """The truth with what the lie says instead."""
    said = {name: value for name, value in vars(lie).items() if value is not None}
    return replace(truth, **said)


def _local(header: Header) -> bytes:
    name = header.name or b""
    return struct.pack(
        "<4s5H3L2H",
        header.signature or b"PK\x03\x04",
        20,
        header.flags,
        header.method,
        0,
        0x21,
        header.crc,
        header.packed_size,
        header.size,
        len(name) if header.name_size is None else header.name_size,
        len(header.extra),
    ) + (name + header.extra)


def _central(header: Header, item: Item) -> bytes:
    name = header.name or b""
    return struct.pack(
        "<4s6H3L5H2L",
        header.signature or b"PK\x01\x02",
        item.host << 8 | 20,
        20,
        header.flags,
        header.method,
        0,
        0x21,
        header.crc,
        header.packed_size,
        header.size,
        len(name) if header.name_size is None else header.name_size,
        len(header.extra),
        len(item.comment),
        header.disk,
        0,
        item.mode << 16 | item.dos_attributes,
        header.offset,
    ) + (name + header.extra + item.comment)


def _descriptor(item: Item, truth: Header) -> bytes:
    if item.descriptor_bytes is not None or not item.descriptor:
        return item.descriptor_bytes or b""
    signature = (b"PK\x07\x08",) if item.descriptor.endswith("s") else ()
    form = DESCRIPTOR_FORMS[item.descriptor]
    return struct.pack(form, *signature, truth.crc, truth.packed_size, truth.size)


def _end(end: End, entries: int, size: int, offset: int, comment: bytes) -> bytes:
    def told(lie: int | None, truth: int) -> int:
        return truth if lie is None else lie

    return (
        struct.pack(
            "<4s4H2LH",
            b"PK\x05\x06",
            end.disk,
            end.directory_disk,
            told(end.entries_here, entries) & ALL_16,
            told(end.entries, entries) & ALL_16,
            told(end.size, size),
            told(end.offset, offset),
            told(end.comment_size, len(comment)),
        )
        + comment
    )


def zip64_end(
    entries: int, size: int, offset: int, *, at: int | None = None, disks: int = 1, record_size: int = 44
) -> bytes:
    """The ZIP64 end record and its locator, which says that the record is `at`."""
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", record_size, 45, 45, 0, 0, entries, entries, size, offset
    )
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + size if at is None else at, disks)
