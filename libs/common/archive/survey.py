"""Reads everything about an archive but its contents, and lists all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.archive.clashes import clashes
from libs.common.archive.endings import EndRecord, read_end
from libs.common.archive.entries import Entry, entry_name, header_faults
from libs.common.archive.headers import CentralHeader, read_central, resolve_central
from libs.common.archive.layout import Named, check_layout
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.names import name_faults
from libs.common.archive.problems import Broken, Findings
from libs.common.archive.rulebook import (
    ENTRY_COUNT,
    PACKED_TOO_LARGE,
    RATIO_TOO_HIGH,
    TOO_MANY_ENTRIES,
    UNPACKED_TOO_LARGE,
)
from libs.common.archive.source import Source
from libs.common.errors import Problem


@dataclass(frozen=True)
class Survey:
    """Entries in the order of the central directory; with problems, only those that are understood."""

    entries: list[Entry]
    comment: bytes
    problems: list[Problem]


def survey(source: Source, limits: ArchiveLimits) -> Survey:
    """Check the structure without inflating a byte. An archive with problems must not be read."""
    findings = Findings()
    if source.size > limits.packed:
        findings.add(PACKED_TOO_LARGE, f"The archive has {source.size} bytes; {limits.packed} are allowed.")
        return Survey([], b"", findings.problems())
    try:
        end = read_end(source)
    except Broken as fault:
        findings.add(fault.rule, fault.message)
        return Survey([], b"", findings.problems())
    if end.entries > limits.entries:
        findings.add(
            TOO_MANY_ENTRIES, f"The archive has {end.entries} entries; {limits.entries} are allowed."
        )
        return Survey([], end.comment, findings.problems())
    named = _read_directory(source, end, findings)
    _check_sizes(named, limits, findings)
    for name, rule, message in clashes(name for name, _ in named):
        findings.add(rule, message, name)
    # An entry that is not understood would look like a gap.
    complete = len(named) == end.entries
    offsets = check_layout(source, named, end.directory_offset, findings) if complete else {}
    entries = [
        _entry(name, header, offsets[header.offset]) for name, header in named if header.offset in offsets
    ]
    return Survey(entries, end.comment, findings.problems())


def _read_directory(source: Source, end: EndRecord, findings: Findings) -> list[Named]:
    """The entries by name; what is wrong with each by itself goes to the findings."""
    named: list[Named] = []
    at, count = end.directory_offset, 0
    while at < end.limit and count <= end.entries:
        try:
            header, at = read_central(source, at, end.limit)
        except Broken as fault:
            findings.add(fault.rule, fault.message)
            return named
        count += 1
        entry = _check_entry(header, findings)
        if entry is not None:
            named.append(entry)
    if at < end.limit or count != end.entries:
        findings.add(ENTRY_COUNT, f"The archive says that it has {end.entries} entries, and has others.")
    return named


def _check_entry(header: CentralHeader, findings: Findings) -> Named | None:
    try:
        header = resolve_central(header)
        name = entry_name(header)
    except Broken as fault:
        findings.add(fault.rule, fault.message, header.raw_name.decode("cp437"))
        return None
    for rule, message in (*name_faults(name), *header_faults(header)):
        findings.add(rule, message, name)
    return name, header


def _check_sizes(named: list[Named], limits: ArchiveLimits, findings: Findings) -> None:
    """By the sizes that headers state: reading stops where an entry has more, so they cannot be passed."""
    size = sum(header.size for _, header in named)
    if size > limits.unpacked:
        message = f"The archive would have {size} bytes unpacked; {limits.unpacked} are allowed."
        findings.add(UNPACKED_TOO_LARGE, message)
    counted = [(n, h) for n, h in named if n.rpartition("/")[2] not in limits.spared]
    size = sum(header.size for _, header in counted)
    packed = sum(header.packed_size for _, header in counted)
    if size > limits.ratio_floor and size > limits.ratio * packed:
        worst, _ = max(counted, key=lambda entry: entry[1].size - limits.ratio * entry[1].packed_size)
        message = (
            f"The files inflate from {packed} to {size} bytes, more than {limits.ratio} times; this one most."
        )
        findings.add(RATIO_TOO_HIGH, message, worst)


def _entry(name: str, header: CentralHeader, offset: int) -> Entry:
    mode = header.attributes >> 16
    return Entry(name, header.size, header.packed_size, header.crc, mode, header.method, offset)
