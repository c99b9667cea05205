"""Archives whose records lie about where things are: cut off, doubled, hidden, overlapping, split."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tests.corpus.build import ALL_32, End, Header, Item, build, zip64_end, zip64_extra
from tests.corpus.cases import HostileZip, refused

PLAIN = build(Item())
A, B = Item(b"a.txt"), Item(b"b.txt")
ALL_ABSENT = End(entries_here=0xFFFF, entries=0xFFFF, size=ALL_32, offset=ALL_32)


def _overlapping_bomb() -> bytes:
    """Many entries of the directory share one local header and its data (Fifield's idea in its simplest form)."""
    kernel = Item(b"bomb", bytes(2**20))
    names = (b"bomb%d" % number for number in range(50))
    return build(
        kernel, *(replace(kernel, name=name, in_data=False, central=Header(offset=0)) for name in names)
    )


def _quoted_header() -> bytes:
    """The first entry's data are another entry, which the directory names too."""
    inner = Item(b"inner.txt", method=0)
    local = build(inner).partition(b"PK\x01\x02")[0]
    outer = Item(b"outer.bin", local, method=0)
    place = Header(offset=30 + len(outer.name))
    return build(outer, replace(inner, in_data=False, central=place))


def _unlisted_entry() -> bytes:
    listed = build(B).partition(b"PK\x01\x02")[0]
    return build(Item(b"a.txt", after=listed), Item(b"c.txt"))


def _reaching_into_next() -> bytes:
    lie = Header(packed_size=30, size=30)
    return build(Item(b"a.txt", method=0, local=lie, central=lie), B)


def _said(entries: int) -> End:
    return End(entries_here=entries, entries=entries)


def _many(count: int, end: End | None = None) -> bytes:
    return build(*(Item(b"%d" % number, b"", method=0) for number in range(count)), end=end)


CASES: list[HostileZip] = [
    refused("empty file", "not-a-zip", lambda: b""),
    refused("one byte", "not-a-zip", lambda: b"P"),
    refused("text", "not-a-zip", lambda: b"This is not a ZIP archive at all." * 10),
    refused("gzip", "not-a-zip", lambda: b"\x1f\x8b\x08" + bytes(100)),
    refused("only a signature", "truncated", lambda: b"PK\x03\x04"),
    refused("cut in the directory", "truncated", lambda: PLAIN[:-30]),
    refused("cut in the end record", "truncated", lambda: PLAIN[:-1]),
    refused("cut in the data", "truncated", lambda: PLAIN[:40]),
    refused("cut comment", "truncated", lambda: build(A, comment=b"a comment")[:-1]),
    refused("comment length too large", "truncated", partial(build, A, end=End(comment_size=5))),
    refused("trailing byte", "trailing-data", partial(build, A, suffix=b"\n")),
    refused("trailing archive part", "trailing-data", partial(build, A, suffix=bytes(70))),
    refused("stub before", "prepended-data", partial(build, A, prefix=b"#!/bin/sh\n")),
    refused("stub before, offsets not adjusted", "prepended-data", lambda: b"MZ" + PLAIN),
    refused("data, but no entry", "prepended-data", partial(build, before_directory=b"hidden")),
    refused("two archives", "prepended-data", lambda: build(A) + build(B)),
    refused("end record in the comment", "several-end-records", partial(build, A, comment=build())),
    refused(
        "end record in the comment, cut",
        "several-end-records",
        partial(build, A, comment=b"PK\x05\x06" + bytes(20)),
    ),
    refused(
        "end record hidden in an entry comment",
        "several-end-records",
        partial(build, Item(comment=build()), B),
    ),
    refused("split archive: disk", "multi-disk", partial(build, A, end=End(disk=1))),
    refused("split archive: directory", "multi-disk", partial(build, A, end=End(directory_disk=1))),
    refused("split archive: entries here", "multi-disk", partial(build, A, B, end=End(entries_here=1))),
    refused("split archive: entry", "multi-disk", partial(build, Item(central=Header(disk=2)))),
    refused("directory outside", "bad-directory", partial(build, A, end=End(offset=10**6))),
    refused("directory too large", "bad-directory", partial(build, A, end=End(size=10**6))),
    refused(
        "directory of garbage", "bad-directory", partial(build, Item(central=Header(signature=b"PK\x01\x09")))
    ),
    refused("digital signature", "prepended-data", partial(build, A, after_directory=b"PK\x05\x05\x00\x00")),
    refused("last entry cut", "bad-directory", partial(build, Item(central=Header(name_size=400)))),
    refused(
        "fewer entries than said",
        "entry-count-differs",
        partial(build, A, end=_said(2)),
    ),
    refused(
        "more entries than said",
        "entry-count-differs",
        partial(build, A, B, Item(b"c.txt"), end=_said(2)),
    ),
    refused(
        "entry said not to be there",
        "entry-count-differs",
        partial(build, A, end=_said(0)),
    ),
    refused("hidden between entries", "gap", partial(build, Item(b"a.txt", after=b"hidden"), B)),
    refused("hidden before the directory", "gap", partial(build, A, before_directory=b"hidden")),
    refused(
        "entry not in the directory",
        "gap",
        _unlisted_entry,
    ),
    refused("same data many times", "headers-differ overlap", _overlapping_bomb),
    refused("quoted header", "overlap", _quoted_header),
    refused("reaches into the next", "overlap", _reaching_into_next),
    refused("no local header", "bad-header", partial(build, Item(local=Header(signature=b"PK\x03\x05")))),
    refused("offset behind the data", "prepended-data", partial(build, Item(central=Header(offset=10**6)))),
    refused("local name cut", "bad-header", partial(build, Item(local=Header(name_size=0xFFFF)))),
    refused("ZIP64 announced, not there", "bad-zip64", partial(build, A, end=ALL_ABSENT)),
    refused(
        "ZIP64 locator astray", "bad-zip64", partial(build, A, zip64=partial(zip64_end, at=3), end=ALL_ABSENT)
    ),
    refused(
        "ZIP64 end record of another version",
        "bad-zip64",
        partial(build, A, zip64=partial(zip64_end, record_size=60)),
    ),
    refused(
        "ZIP64 contradicts the count",
        "bad-zip64",
        partial(build, A, zip64=lambda n, s, o: zip64_end(n + 1, s, o, at=o + s)),
    ),
    refused(
        "ZIP64 contradicts the offset",
        "bad-zip64",
        partial(build, A, zip64=lambda n, s, o: zip64_end(n, s, o - 1, at=o + s)),
    ),
    refused(
        "ZIP64 split archive",
        "multi-disk",
        partial(build, A, zip64=partial(zip64_end, disks=3), end=ALL_ABSENT),
    ),
    refused(
        "ZIP64 with 2**64 - 1 entries",
        "too-many-entries",
        partial(build, A, zip64=lambda _, s, o: zip64_end(2**64 - 1, s, o), end=ALL_ABSENT),
    ),
    refused(
        "ZIP64 with a huge directory",
        "bad-directory",
        partial(build, A, zip64=lambda n, s, o: zip64_end(n, 2**63, o, at=o + s), end=ALL_ABSENT),
    ),
    refused(
        "ZIP64 field contradicts the header",
        "bad-zip64",
        partial(build, Item(central=Header(extra=zip64_extra(1, 2)))),
    ),
    refused(
        "ZIP64 field lacks the size",
        "bad-zip64",
        partial(build, Item(central=Header(size=ALL_32, packed_size=ALL_32, extra=zip64_extra(19)))),
    ),
    refused(
        "ZIP64 field too long",
        "bad-zip64",
        partial(build, Item(central=Header(extra=zip64_extra(1, 2, 3, 4, 5)))),
    ),
    refused(
        "ZIP64 field twice",
        "bad-extra-field",
        partial(build, Item(central=Header(size=ALL_32, extra=zip64_extra(19) + zip64_extra(20)))),
    ),
    refused("20,001 entries", "too-many-entries", partial(_many, 20_001)),
    refused("65,536 entries, counted in 16 bits", "entry-count-differs", partial(_many, 65_536)),
    refused(
        "65,535 entries said, one there",
        "too-many-entries",
        partial(_many, 1, _said(65_535)),
    ),
]
