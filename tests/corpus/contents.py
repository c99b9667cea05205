"""Entries whose headers are in order and whose contents are not; and those that unpack to too much."""

from __future__ import annotations

import zlib
from functools import lru_cache, partial

from tests.corpus.build import Header, Item, build, deflate
from tests.corpus.cases import HostileZip, refused, refused_item

TEXT = b"hello, hello, hello"
PACKED = deflate(TEXT)
NOISE = bytes(range(256)) * 8
MIB = 2**20

INCOMPLETE_CODE = Item(data=b"aaaaaaabbbbabaabaa", packed=bytes.fromhex("05c101010000008090adfa3f2201aa440c"))
"""An incomplete Huffman code, which RFC 1951 forbids and ISA-L inflates to just these data."""


def _lie(label: str, codes: str, header: Header, *, name: bytes = b"file.txt", method: int = 8) -> HostileZip:
    """Local and central header tell the same lie."""
    return refused_item(label, codes, Item(name, method=method, local=header, central=header))


@lru_cache(maxsize=1)
def _zeros() -> bytes:
    """64 MiB of zeros, deflated."""
    return deflate(bytes(64 * MIB), 9)


def _bomb(count: int, name: bytes = b"bomb%d") -> bytes:
    lie = Header(size=64 * MIB, crc=zlib.crc32(bytes(64 * MIB)))
    return build(*(Item(name % n, packed=_zeros(), local=lie, central=lie) for n in range(count)))


HUGE = Item(local=Header(size=0xFFFFFFFE), central=Header(size=0xFFFFFFFE))

CASES: list[HostileZip] = [
    _lie("wrong CRC", "wrong-crc", Header(crc=1)),
    _lie("wrong CRC, stored", "wrong-crc", Header(crc=1), method=0),
    _lie("more than said", "size-differs", Header(size=5)),
    _lie("more than said: nothing", "size-differs", Header(size=0)),
    _lie("less than said", "size-differs", Header(size=10**6)),
    refused_item("deflate: cut", "bad-data", Item(packed=PACKED[:-1])),
    refused_item("deflate: no data", "bad-data", Item(packed=b"")),
    refused_item("deflate: garbage", "bad-data", Item(packed=b"\xff" * 20)),
    refused_item("deflate: reserved block type", "bad-data", Item(packed=b"\x07" + bytes(10))),
    refused_item("deflate: distance too far back", "bad-data", Item(packed=bytes.fromhex("4b044200"))),
    refused_item("deflate: incomplete code", "bad-data", INCOMPLETE_CODE),
    refused_item("deflate: wrong stored length", "bad-data", Item(packed=b"\x01\x05\x00\x00\x00hello")),
    refused_item("deflate: a byte too many", "trailing-deflate-data", Item(packed=PACKED + b"!")),
    refused_item("deflate: two streams", "trailing-deflate-data", Item(packed=PACKED + PACKED)),
    refused_item("deflate: long tail", "trailing-deflate-data", Item(packed=PACKED + NOISE * 100)),
    refused_item("deflate: zlib header", "bad-data", Item(packed=zlib.compress(TEXT))),
    _lie("folder that hides contents", "size-differs", Header(size=0), name=b"folder/"),
    refused("bomb", "ratio-too-high", partial(_bomb, 2)),
    refused("bomb of 2 GiB and more", "ratio-too-high unpacked-too-large", partial(_bomb, 33)),
    refused("bomb with a spared name", "unpacked-too-large", partial(_bomb, 33, b"%d/db_collections.json")),
    refused("bomb that says it is small", "size-differs", lambda: build(Item(packed=_zeros()))),
    refused("bomb that says it is huge", "ratio-too-high unpacked-too-large", partial(build, HUGE)),
]
