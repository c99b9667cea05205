"""Names that lead elsewhere, mean a device, or cannot stand beside another."""

from __future__ import annotations

from tests.corpus.build import Header, Item, unicode_path
from tests.corpus.cases import HostileZip, refused_item, refused_names

NFC, NFD = "caf\u00e9.txt", "cafe\u0301.txt"


def _unicode(label: str, name: bytes, extra: bytes, flags: int = 0) -> HostileZip:
    header = Header(extra=extra)
    return refused_item(label, "unicode-path-differs", Item(name, flags=flags, local=header, central=header))


CASES: list[HostileZip] = [
    refused_names("absolute", "absolute-name", "/etc/passwd"),
    refused_names("absolute twice", "absolute-name", "//server/share"),
    refused_names("root", "empty-name", "/"),
    refused_names("no name", "empty-name", ""),
    refused_names("parent", "parent-folder", "../evil.py"),
    refused_names("parent in the middle", "parent-folder", "a/../../evil.py"),
    refused_names("parent at the end", "parent-folder", "a/.."),
    refused_names("parent as folder", "parent-folder", "../"),
    refused_names("dot", "dot-component", "./a.py"),
    refused_names("dot in the middle", "dot-component", "a/./b.py"),
    refused_names("empty part", "empty-component", "a//b.py"),
    refused_names("folder with two slashes", "empty-component", "a//"),
    refused_names("backslash", "backslash", "a\\b.py"),
    refused_names("backslash parent", "backslash", "..\\..\\evil.py"),
    refused_names("drive", "drive-name", "C:evil.py"),
    refused_names("drive and path", "drive-name", "c:/windows/evil.py"),
    refused_names("drive and backslash", "drive-name backslash", "C:\\evil.py"),
    refused_names("NUL", "control-character", "evil.py\0.txt"),
    refused_names("newline", "control-character", "a\nb.py"),
    refused_names("escape sequence", "control-character", "\x1b[2J.py"),
    refused_names("C1 control", "control-character", "a\u0085b.py"),
    refused_names("right-to-left override", "control-character", "a\u202eyp.txt"),
    refused_names("line separator", "control-character", "a\u2028b.txt"),
    refused_names("long name", "name-too-long", "a/" * 20 + "x" * 250 + "/" + ("y" * 250 + "/") * 3 + "z"),
    refused_names("long part", "name-too-long", "x" * 256),
    refused_names("long part in bytes", "name-too-long", "ä" * 128),
    refused_names("65,535 bytes", "name-too-long", "n" * 65_535),
    refused_names("deep", "too-deep", "a/" * 40 + "b"),
    refused_names("device", "device-name", "CON"),
    refused_names("device with extension", "device-name", "static/aux.h"),
    refused_names("device as folder", "device-name", "nul/a.txt"),
    refused_names("device with superscript", "device-name", "com\u00b9"),
    refused_names("dot at the end", "trailing-dot-or-space", "a."),
    refused_names("space at the end", "trailing-dot-or-space", "a /b"),
    refused_names("full-width dots", "disguised-path", "\uff0e\uff0e/evil.py"),
    refused_names("full-width slash", "disguised-path", "a\uff0fb"),
    refused_names("one sign that becomes a/c", "disguised-path", "\u2100"),
    refused_names("not UTF-8", "name-not-utf8", b"caf\xe9.txt"),
    refused_names("overlong UTF-8", "name-not-utf8", b"\xc0\xae\xc0\xae/evil.py"),
    refused_names("surrogate in UTF-8", "name-not-utf8", b"\xed\xa0\x80.txt"),
    refused_names("duplicate", "duplicate", "a.py", "a.py"),
    refused_names("duplicate folder", "duplicate", "a/", "a/"),
    refused_names("case clash", "case-clash", "a.py", "A.py"),
    refused_names("case clash of folders", "case-clash", "a/x", "A/y"),
    refused_names("case clash beyond ASCII", "case-clash", "stra\u00dfe", "STRASSE"),
    refused_names("composed and decomposed", "unicode-clash", NFC, NFD),
    refused_names("circled digit", "unicode-clash", "\u2460.py", "1.py"),
    refused_names("Kelvin sign", "case-clash", "\u212a.py", "k.py"),
    refused_names("file as folder", "file-as-folder", "a", "a/b"),
    refused_names("folder as file", "file-as-folder", "a/b", "a"),
    refused_names("file and folder", "file-as-folder", "a", "a/"),
    _unicode("Unicode path of another name", b"good.py", unicode_path(b"other", b"evil.py")),
    _unicode("Unicode path differs in ASCII", b"good.py", unicode_path(b"good.py", b"evil.py")),
    _unicode(
        "Unicode path differs in folders", b"caf\x82/a", unicode_path(b"caf\x82/a", "café\u00e9a".encode())
    ),
    _unicode(
        "Unicode path differs in the end", b"caf\x82.py", unicode_path(b"caf\x82.py", "café.sh".encode())
    ),
    _unicode("Unicode path beside the UTF-8 flag", b"a.py", unicode_path(b"a.py", b"b.py"), 0x800),
    _unicode("Unicode path not UTF-8", b"caf\x82", unicode_path(b"caf\x82", b"caf\xe9")),
    _unicode("Unicode path cut", b"caf\x82", b"\x75\x70\x02\x00\x01\x00"),
]
