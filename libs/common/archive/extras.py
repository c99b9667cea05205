"""Extra fields of a header (§4.5): only ZIP64 sizes and the Unicode path change what an entry is."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from zlib import crc32

from libs.common.archive.problems import Broken
from libs.common.archive.rulebook import BAD_EXTRA, BAD_ZIP64, UNICODE_PATH

ZIP64_ID = 0x0001
UNICODE_PATH_ID = 0x7075
WIDTHS = (8, 8, 8, 4)
"""Bytes of size, packed size, offset and disk in a ZIP64 field."""
ABSENT = (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF)
"""What stands in the header for a value that is in the field."""
FIELD_HEAD = Struct("<HH")
PATH_HEAD = Struct("<BL")


def find_extra(extra: bytes, identifier: int) -> bytes | None:
    """The data of one field. Raises: Broken, if the fields are malformed or this one stands there twice."""
    found: bytes | None = None
    at = 0
    while len(extra) - at >= FIELD_HEAD.size:
        field, size = FIELD_HEAD.unpack_from(extra, at)
        at += FIELD_HEAD.size
        if at + size > len(extra):
            raise Broken(BAD_EXTRA, "An extra field is longer than its header says.")
        if field == identifier:
            if found is not None:
                raise Broken(BAD_EXTRA, f"The extra field {identifier:#06x} is there twice.")
            found = extra[at : at + size]
        at += size
    # Some tools pad with zeros for alignment.
    if any(extra[at:]):
        raise Broken(BAD_EXTRA, "The extra fields end in garbage.")
    return found


def resolve_zip64(extra: bytes, values: Sequence[int]) -> list[int]:
    """§4.5.3: replace the values that are all ones by those of the ZIP64 field.

    `values` are size, packed size and, in the central directory, offset and disk: the field's order. A field that
    holds more than is needed is taken if it repeats what the header says, so that no reader can understand the
    entry otherwise. Raises: Broken.
    """
    data = find_extra(extra, ZIP64_ID)
    if data is None:
        return list(values)
    absent = [value == marker for value, marker in zip(values, ABSENT, strict=False)]
    resolved = list(values)
    at = 0
    for index in _held(absent, len(data)):
        long = int.from_bytes(data[at : at + WIDTHS[index]], "little")
        if not absent[index] and long != values[index]:
            raise Broken(BAD_ZIP64, "The ZIP64 field contradicts its header.")
        resolved[index] = long
        at += WIDTHS[index]
    return resolved


def _held(absent: Sequence[bool], size: int) -> list[int]:
    """Which values a field of so many bytes holds: those that are absent, or all up to some one. Raises: Broken."""
    needed = [index for index, is_absent in enumerate(absent) if is_absent]
    if sum(WIDTHS[index] for index in needed) == size:
        return needed
    for count in range(len(absent), 1, -1):
        if sum(WIDTHS[:count]) == size and set(needed) <= set(range(count)):
            return list(range(count))
    raise Broken(BAD_ZIP64, "The ZIP64 field has a wrong length.")


def read_unicode_path(extra: bytes, raw_name: bytes) -> str | None:
    """§4.6.9 (Info-ZIP): the name in UTF-8, bound to the header's name by a CRC-32. Raises: Broken."""
    data = find_extra(extra, UNICODE_PATH_ID)
    if data is None:
        return None
    if len(data) < PATH_HEAD.size or data[0] != 1:
        raise Broken(UNICODE_PATH, "The Unicode path field is malformed.")
    _, checksum = PATH_HEAD.unpack_from(data)
    if checksum != crc32(raw_name):
        raise Broken(UNICODE_PATH, "The Unicode path belongs to another name.")
    try:
        return data[PATH_HEAD.size :].decode()
    except UnicodeDecodeError:
        raise Broken(UNICODE_PATH, "The Unicode path is not UTF-8.") from None
