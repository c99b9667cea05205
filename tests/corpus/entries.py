"""Entries whose headers disagree, are packed or locked in ways we refuse, or are no files."""

from __future__ import annotations

import stat
import struct

from tests.corpus.build import Header, Item, unicode_path
from tests.corpus.cases import HostileZip, refused_item

FILE = b"file.txt"


def _local(codes: str, label: str, header: Header) -> HostileZip:
    return refused_item(f"local header: {label}", codes, Item(local=header))


def _central(codes: str, label: str, header: Header) -> HostileZip:
    return refused_item(f"central header: {label}", codes, Item(central=header))


def _mode(label: str, codes: str, mode: int, name: bytes = FILE) -> HostileZip:
    return refused_item(label, codes, Item(name, b"/etc/passwd", mode=mode))


CASES: list[HostileZip] = [
    _local("headers-differ", "other name", Header(name=b"evil.txt")),
    _local("headers-differ", "name of other length", Header(name=b"files.txt")),
    _local("headers-differ", "other method", Header(method=0)),
    _local("headers-differ", "says UTF-8", Header(flags=0x800)),
    _local("headers-differ", "says encrypted", Header(flags=1)),
    _local("headers-differ", "says descriptor", Header(flags=8)),
    _local("headers-differ", "other CRC", Header(crc=1)),
    _local("headers-differ", "CRC 0 without descriptor", Header(crc=0)),
    _local("headers-differ", "other packed size", Header(packed_size=1)),
    _local("headers-differ", "other size", Header(size=10**6)),
    _local("headers-differ", "Unicode path of its own", Header(extra=unicode_path(FILE, b"evil.txt"))),
    _local("bad-extra-field", "extra field too long", Header(extra=struct.pack("<HH", 7, 50))),
    _local("bad-extra-field", "extra fields end in garbage", Header(extra=b"xyz")),
    _central("bad-extra-field", "extra field too long", Header(extra=struct.pack("<HH", 7, 50))),
    _central("headers-differ", "other name", Header(name=b"evil.txt")),
    refused_item(
        "descriptor contradicts the directory",
        "bad-data-descriptor",
        Item(descriptor="32s", descriptor_bytes=b"PK\x07\x08" + bytes(12)),
    ),
    refused_item("descriptor missing", "bad-data-descriptor", Item(descriptor="32s", descriptor_bytes=b"")),
    refused_item("descriptor, then more", "gap", Item(descriptor="32s", after=b"hidden")),
    refused_item(
        "descriptor, local header with other sizes",
        "headers-differ",
        Item(descriptor="32s", local=Header(size=5)),
    ),
    refused_item("encrypted", "encrypted", Item(flags=0x1, method=0)),
    refused_item("strongly encrypted", "encrypted", Item(flags=0x41, method=0)),
    refused_item("AES", "encrypted", Item(flags=0x1, method=99)),
    refused_item("AES without the flag", "encrypted", Item(method=99)),
    refused_item("masked headers", "encrypted", Item(flags=0x2000, method=0)),
    refused_item("patch data", "unknown-flag", Item(flags=0x20, method=0)),
    refused_item("reserved flag", "unknown-flag", Item(flags=0x8000)),
    *(
        refused_item(f"method {method}", "unknown-method", Item(method=method))
        for method in (1, 6, 9, 12, 14, 93, 95, 98, 0xFFFF)
    ),
    refused_item("stored with two sizes", "size-differs", Item(method=0, packed=b"he")),
    _mode("symbolic link", "link", stat.S_IFLNK | 0o777),
    refused_item("symbolic link made on DOS", "link", Item(mode=stat.S_IFLNK | 0o777, host=0)),
    refused_item("NTFS junction", "link", Item(dos_attributes=0x400, host=0)),
    _mode("link named as folder", "link", stat.S_IFLNK | 0o777, b"folder/"),
    _mode("pipe", "special-file", stat.S_IFIFO | 0o644),
    _mode("socket", "special-file", stat.S_IFSOCK | 0o644),
    _mode("character device", "special-file", stat.S_IFCHR | 0o666),
    _mode("block device", "special-file", stat.S_IFBLK | 0o660),
    _mode("unknown kind", "special-file", 0o030644),
    _mode("set-uid", "special-mode", stat.S_IFREG | 0o4755),
    _mode("set-gid", "special-mode", stat.S_IFREG | 0o2755),
    _mode("folder by mode, file by name", "kind-differs", stat.S_IFDIR | 0o755),
    _mode("file by mode, folder by name", "kind-differs", stat.S_IFREG | 0o644, b"folder/"),
    refused_item("folder by DOS attribute, file by name", "kind-differs", Item(dos_attributes=0x10, host=0)),
    _mode("folder with contents", "kind-differs", stat.S_IFDIR | 0o755, b"folder/"),
]
