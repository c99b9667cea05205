"""How entries lie in the file: one after the other, without gap or overlap, each with matching headers."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common.archive.entries import FLAGS_DEFLATE_LEVEL
from libs.common.archive.extras import UNICODE_PATH_ID, find_extra
from libs.common.archive.headers import (
    DESCRIPTORS,
    FLAG_DESCRIPTOR,
    CentralHeader,
    LocalHeader,
    match_descriptor,
    read_local,
)
from libs.common.archive.problems import Broken, Findings
from libs.common.archive.rulebook import BAD_DESCRIPTOR, GAP, HEADERS_DIFFER, OVERLAP, PREPENDED_DATA
from libs.common.archive.source import Source

Named = tuple[str, CentralHeader]


def check_layout(source: Source, entries: Sequence[Named], end: int, findings: Findings) -> dict[int, int]:
    """Where the data of the entry with a header at each offset begin, of those that are in order.

    Every byte before `end`, the central directory's beginning, must belong to one entry: what lies between is hidden
    from some readers and shown by others, and what belongs to two entries multiplies.
    """
    ordered = sorted(entries, key=lambda entry: entry[1].offset)
    bounds = [*(header.offset for _, header in ordered), end][1:]
    offsets: dict[int, int] = {}
    position = 0
    for (name, header), bound in zip(ordered, bounds, strict=True):
        try:
            _check_begin(header.offset, position)
            local = read_local(source, header.offset, end)
            _check_same(header, local)
            position = _find_end(source, header, local.data_offset, bound)
        except Broken as fault:
            findings.add(fault.rule, fault.message, name)
            position = bound
        else:
            offsets[header.offset] = local.data_offset
    if position < end:
        findings.add(
            GAP if ordered else PREPENDED_DATA, "Data lie between the entries and the central directory."
        )
    return offsets


def _check_begin(offset: int, position: int) -> None:
    if offset < position:
        raise Broken(OVERLAP, "The entry overlaps the one before it.")
    if offset > position == 0:
        raise Broken(PREPENDED_DATA, "Data precede the first entry.")
    if offset > position:
        raise Broken(GAP, "Data that belong to no entry precede this one.")


def _check_same(header: CentralHeader, local: LocalHeader) -> None:
    """Both headers must say the same, so that every reader sees the same entry. Raises: Broken."""
    differing = [what for what, is_same in _comparisons(header, local) if not is_same]
    if differing:
        raise Broken(HEADERS_DIFFER, f"The entry's two headers differ in {', '.join(differing)}.")


def _comparisons(header: CentralHeader, local: LocalHeader) -> list[tuple[str, bool]]:
    """With a data descriptor the local header may leave crc and sizes at 0, each for itself (Info-ZIP does)."""
    streamed = bool(header.flags & FLAG_DESCRIPTOR)
    local_path = find_extra(local.extra, UNICODE_PATH_ID)
    return [
        ("name", header.raw_name == local.raw_name),
        ("Unicode path", local_path in (None, find_extra(header.extra, UNICODE_PATH_ID))),
        ("flags", not (header.flags ^ local.flags) & ~FLAGS_DEFLATE_LEVEL),
        ("method", header.method == local.method),
        ("CRC", local.crc == header.crc or (streamed and local.crc == 0)),
        ("packed size", local.packed_size == header.packed_size or (streamed and local.packed_size == 0)),
        ("size", local.size == header.size or (streamed and local.size == 0)),
    ]


def _find_end(source: Source, header: CentralHeader, data_offset: int, bound: int) -> int:
    """Where the entry ends, at most at `bound`, where the next one begins. Raises: Broken."""
    end = data_offset + header.packed_size
    if end > bound:
        raise Broken(OVERLAP, "The entry reaches into what follows it.")
    if not header.flags & FLAG_DESCRIPTOR:
        return end
    size = match_descriptor(source.read_at(end, min(bound - end, DESCRIPTORS[0].size)), header)
    if size is None:
        raise Broken(BAD_DESCRIPTOR, "The entry's data descriptor is missing or wrong.")
    return end + size
