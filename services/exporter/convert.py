"""Snapshots to JSON: small ones here, large ones in a process of their own.

Decoding and encoding hold Python's global lock, and the lines of one large snapshot would keep the event loop waiting
for it again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.exporter.converters import convert_apart
from services.exporter.lines import Section, lines
from services.exporter.spool import Spool

INLINE_LIMIT: Final = 512 * 2**10
"""Bytes of BSON converted in a thread: about 15 ms in all."""


def convert(sections: Sequence[Section], spool: Spool, types: Spool) -> Iterator[bytes]:
    """`db_collections.json` in chunks; `db_types.json` is in `types` when they have been read. Blocks: use a thread.

    Raises: ConversionFailed.
    """
    if spool.size <= INLINE_LIMIT:
        return lines(sections, spool.fileno(), types.append)
    return convert_apart(sections, spool, types)
