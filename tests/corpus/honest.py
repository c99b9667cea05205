"""ZIPs as honest tools make them, odd as some look: each must be read."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tests.corpus.build import ALL_32, End, Header, Item, build, deflate, unicode_path, zip64_end, zip64_extra
from tests.corpus.cases import HonestZip

TEXT = b"hello, hello, hello"
PACKED = deflate(TEXT)
INNER = build(Item(b"file.txt", TEXT))
FILES = {"manifest.json": b"{}", "static/a.css": TEXT}
EXTENDED_TIME = struct.pack("<HHBL", 0x5455, 5, 3, 1_700_000_000)
NTFS_TIME = struct.pack("<HHLHH3Q", 0x000A, 32, 0, 1, 24, 1, 2, 3)
ITEM = Item(b"file.txt", TEXT)
ONE = {"file.txt": TEXT}
ALL_ABSENT = End(entries_here=0xFFFF, entries=0xFFFF, size=ALL_32, offset=ALL_32)


class _Unseekable(io.BytesIO):
    """Python's writer then streams: data descriptors, for stored entries too."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def _python(target: Callable[[], io.BytesIO] = io.BytesIO, *, method: int = 8, large: bool = False) -> bytes:
    buffer = target()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in FILES.items():
            with archive.open(name, "w", force_zip64=large) as file:
                file.write(data)
    return buffer.getvalue()


def _python_appended() -> bytes:
    buffer = io.BytesIO(build(ITEM))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("more.txt", b"more")
    return buffer.getvalue()


def _finder() -> bytes:
    """macOS: UTF-8 names without the flag and decomposed, descriptors, resource forks beside the files."""
    folder = Item("Caf\u0065\u0301/".encode(), b"", method=0, mode=stat.S_IFDIR | 0o755)
    file = Item("Caf\u0065\u0301/a.txt".encode(), TEXT, descriptor="32s", mode=stat.S_IFREG | 0o644)
    fork = Item("__MACOSX/Caf\u0065\u0301/._a.txt".encode(), b"\0\5\x16\7", descriptor="32s", mode=0o100644)
    store = Item(b".DS_Store", b"\0\0\0\1Bud1", descriptor="32s", mode=stat.S_IFREG | 0o644)
    return build(folder, file, fork, store)


FINDER_FILES = {
    "Caf\u0065\u0301/": b"",
    "Caf\u0065\u0301/a.txt": TEXT,
    "__MACOSX/Caf\u0065\u0301/._a.txt": b"\0\5\x16\7",
    ".DS_Store": b"\0\0\0\1Bud1",
}


def _extra(local: bytes, central: bytes) -> Item:
    return replace(ITEM, local=Header(extra=local), central=Header(extra=central))


def _zip64_sizes() -> Item:
    """As stream-zip and others write what may become large."""
    local = Header(extra=zip64_extra(0, 0), packed_size=ALL_32, size=ALL_32)
    return replace(ITEM, descriptor="64s", local=local)


def _zip64_everywhere() -> bytes:
    sizes = zip64_extra(len(TEXT), len(PACKED))
    local = Header(extra=sizes, packed_size=ALL_32, size=ALL_32)
    central = replace(local, extra=zip64_extra(len(TEXT), len(PACKED), 0), offset=ALL_32)
    return build(replace(ITEM, local=local, central=central), zip64=zip64_end, end=ALL_ABSENT)


def _unicode_path(name: bytes, path: str) -> bytes:
    header = Header(extra=unicode_path(name, path.encode()))
    return build(Item(name, TEXT, local=header, central=header))


def _reads(label: str, item: Item, files: dict[str, bytes] | None = None) -> HonestZip:
    return HonestZip(label, ONE if files is None else files, partial(build, item))


def _empty_files(label: str, *names: str) -> HonestZip:
    return HonestZip(
        label, dict.fromkeys(names, b""), partial(build, *(Item(n.encode(), b"") for n in names))
    )


CASES: list[HonestZip] = [
    HonestZip("no entries", {}, build),
    HonestZip("Python", FILES, _python),
    HonestZip("Python, stored", FILES, partial(_python, method=0)),
    HonestZip("Python, streamed", FILES, partial(_python, _Unseekable)),
    HonestZip("Python, streamed and stored", FILES, partial(_python, _Unseekable, method=0)),
    HonestZip("Python, ZIP64 forced", FILES, partial(_python, large=True)),
    HonestZip("Python, ZIP64 forced and streamed", FILES, partial(_python, _Unseekable, large=True)),
    HonestZip("Python, appended to", {**ONE, "more.txt": b"more"}, _python_appended),
    HonestZip("Finder", FINDER_FILES, _finder),
    HonestZip("comment", ONE, partial(build, ITEM, comment="Grüße".encode())),
    HonestZip("longest comment", ONE, partial(build, ITEM, comment=b"c" * 65_535)),
    HonestZip(
        "archive stored in the archive",
        {"in.zip": build(ITEM)},
        partial(build, Item(b"in.zip", build(ITEM), method=0)),
    ),
    _reads("Windows Explorer", replace(ITEM, host=0, dos_attributes=0x20)),
    _reads("Windows Explorer, umlauts", Item(b"Gr\x81n.txt", TEXT, host=0), {"Grün.txt": TEXT}),
    _reads("Windows, folder", Item(b"folder/", b"", method=0, host=0, dos_attributes=0x10), {"folder/": b""}),
    _reads(
        "7-Zip", replace(_extra(b"", NTFS_TIME), host=0, dos_attributes=0x81A4_8020 & 0xFFFF, mode=0o100644)
    ),
    _reads("Info-ZIP", replace(_extra(EXTENDED_TIME, EXTENDED_TIME[:9]), mode=0o100664)),
    _reads(
        "Info-ZIP, descriptor",
        replace(ITEM, descriptor="32s", local=Header(size=len(TEXT))),
    ),
    _reads("UTF-8 flag", Item("日本.txt".encode(), TEXT, flags=0x800), {"日本.txt": TEXT}),
    _reads("UTF-8 without flag, Unix", Item("für.txt".encode(), TEXT), {"für.txt": TEXT}),
    _reads("Latin-1 without flag, Unix", Item(b"f\xfcr.txt", TEXT), {"fⁿr.txt": TEXT}),
    _reads("deflated empty folder", Item(b"folder/", b"", mode=stat.S_IFDIR | 0o2775), {"folder/": b""}),
    _reads("no mode", replace(ITEM, mode=0)),
    _reads("executable", replace(ITEM, mode=stat.S_IFREG | 0o755)),
    _reads("deflate level in the flags", replace(ITEM, central=Header(flags=0x2))),
    _reads("descriptor of 32 bit", replace(ITEM, descriptor="32")),
    _reads("descriptor of 32 bit, signed", replace(ITEM, descriptor="32s")),
    _reads("descriptor of 64 bit", replace(ITEM, descriptor="64")),
    _reads("descriptor of 64 bit, signed", replace(ITEM, descriptor="64s")),
    _reads("descriptor of an empty file", replace(ITEM, data=b"", descriptor="32"), {"file.txt": b""}),
    _reads(
        "descriptor, local header complete",
        replace(ITEM, descriptor="32s", local=Header(size=len(TEXT), packed_size=len(PACKED))),
    ),
    _reads("ZIP64 sizes in the local header", _zip64_sizes()),
    _reads("ZIP64 field that repeats the header", _extra(b"", zip64_extra(len(TEXT), len(PACKED)))),
    _reads("zeros behind the extra fields", _extra(EXTENDED_TIME + bytes(3), b"\0\0")),
    _reads("unknown extra field", _extra(struct.pack("<HH4s", 0xCAFE, 4, b"java"), b"")),
    HonestZip("ZIP64 everywhere", ONE, _zip64_everywhere),
    HonestZip("ZIP64 records, nothing absent", ONE, partial(build, ITEM, zip64=zip64_end)),
    HonestZip("Unicode path", {"für.txt": TEXT}, partial(_unicode_path, b"f\x81r.txt", "für.txt")),
    HonestZip(
        "Unicode path, escaped",
        {"日本.txt": TEXT},
        partial(_unicode_path, b"#U65e5#U672c.txt", "日本.txt"),
    ),
    HonestZip("Unicode path in ASCII", ONE, partial(_unicode_path, b"file.txt", "file.txt")),
    HonestZip("sparse but small", {"zeros": bytes(2**20)}, partial(build, Item(b"zeros", bytes(2**20)))),
    _empty_files("dot files", ".gitignore", "a/.b/..c"),
    _empty_files("folders named before and after", "a/", "a/b", "c/d", "c/"),
    _empty_files("names not sorted", "b", "a"),
    _empty_files("colon in a name", "logs/12:30:00.txt"),
    _empty_files("longest part", "x" * 255),
    _empty_files("almost devices", "console.py", "com.py", "nul_.txt", "aux-files/a"),
]
