"""The methods of stream-zip that fit us: ZIP64 where, and only where, sizes and offsets ask for it.

`ZIP_AUTO` decides that, but brings its own compressor, and there is no such method for stored members. So both
classes take its decision, by the method that stream-zip's own classes override too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from stream_zip import NO_COMPRESSION_32, NO_COMPRESSION_64, ZIP_AUTO, Method

ZIP32_LIMIT = 0xFFFFFFFF
SURELY_32 = 2**31
"""Up to this size of a member alone nothing asks for ZIP64; where exactly it does is for stream-zip to say."""

# Each call makes a class of its own, which takes longer than to compress a small file and is garbage for the collector.
SMALL = ZIP_AUTO(0)
STORED_32 = NO_COMPRESSION_32(0, 0)
STORED_64 = NO_COMPRESSION_64(0, 0)

GetCompressor = Callable[[], "zlib._Compress"]
Choice = tuple[object, object, GetCompressor, int, int]


class Deflated(Method):
    """Deflate with the compressor given to `stream_zip`; sizes follow the data in a descriptor."""

    def __init__(self, largest: int) -> None:
        self._auto = SMALL if largest <= SURELY_32 else ZIP_AUTO(largest)

    def _get(self, offset: int, default_get_compressobj: GetCompressor) -> Choice:
        kind, upgrade, _, size, crc = self._auto._get(offset, default_get_compressobj)
        return kind, upgrade, default_get_compressobj, size, crc


class Stored(Method):
    """No compression; size and CRC-32 stand before the data, as streaming readers need of stored members."""

    def __init__(self, size: int, crc: int) -> None:
        self._size = size
        self._crc = crc

    def _get(self, offset: int, default_get_compressobj: GetCompressor) -> Choice:
        stored = STORED_64 if max(self._size, offset) > ZIP32_LIMIT else STORED_32
        kind, _, compressor, *_ = stored._get(offset, default_get_compressobj)
        _, upgrade, *_ = SMALL._get(offset, default_get_compressobj)
        return kind, upgrade, compressor, self._size, self._crc
