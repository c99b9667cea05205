"""Names of entries: how they are decoded, and what each must be by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from libs.common.archive.problems import Broken, broken
from libs.common.archive.rulebook import (
    ABSOLUTE_NAME,
    BACKSLASH,
    CONTROL_CHARACTER,
    DEVICE_NAME,
    DISGUISED_PATH,
    DOT_COMPONENT,
    DRIVE_NAME,
    EMPTY_COMPONENT,
    EMPTY_NAME,
    NAME_NOT_UTF8,
    NAME_TOO_LONG,
    PARENT_FOLDER,
    TOO_DEEP,
    TRAILING_DOT,
    UNICODE_PATH,
    Rule,
)
from libs.common.errors import Problem

MAX_NAME = 1024
"""Bytes of a whole name; macOS takes no longer path."""
MAX_COMPONENT = 255
"""Bytes of a file's or folder's name; the limit of ext4, APFS and S3 gateways."""
MAX_DEPTH = 32
"""Folders within each other; real trees stay below ten."""

UNIX_HOSTS = frozenset({3, 19})
"""§4.4.2: Unix and OS X, whose tools often write UTF-8 without saying so."""

DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9]|lpt[0-9])( *\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices, with any extension."""
DRIVE = re.compile(r"[A-Za-z]:")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line separators, and the marks of direction, which make `gpj.py` look like `yp.jpg`."""


def decode_name(raw: bytes, *, says_utf8: bool, host: int, unicode_path: str | None) -> str:
    """Appendix D: UTF-8 with the flag, the Unicode path where there is one, else what the host's tools write.

    Raises: Broken, if the name is not what its flag says, or is another than its Unicode path.
    """
    if says_utf8:
        name = _decode_utf8(raw)
        if name is None:
            raise Broken(NAME_NOT_UTF8, "The name is said to be UTF-8 and is not.")
    elif unicode_path is not None:
        name = unicode_path
    else:
        guess = _decode_utf8(raw) if host in UNIX_HOSTS or raw.isascii() else None
        name = raw.decode("cp437") if guess is None else guess
    if unicode_path is not None and not _agree(unicode_path, name if says_utf8 else raw.decode("cp437")):
        raise Broken(UNICODE_PATH, "The entry has two different names.")
    return name


def _decode_utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _agree(unicode_path: str, name: str) -> bool:
    """Whether `name` has the same ASCII as the Unicode path, with anything in place of other characters."""
    first, *middle = re.split(r"[^\x00-\x7f]+", unicode_path)
    if not middle:
        return name == unicode_path
    if name.count("/") != unicode_path.count("/") or not name.startswith(first):
        return False
    last = middle.pop()
    at = len(first)
    for piece in middle:
        found = name.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return name.endswith(last) and len(name) - len(last) >= at


def check_name(name: str) -> list[Problem]:
    """What is wrong with the name of a file, or of a folder if it ends in `/`, wherever it may be unpacked."""
    return [broken(rule, message, name) for rule, message in name_faults(name)]


def name_faults(name: str) -> Iterator[tuple[Rule, str]]:
    parts = name.removesuffix("/").split("/")
    yield from _path_faults(name, parts)
    yield from _size_faults(name, parts)
    for part in parts:
        yield from _part_faults(part)


def _path_faults(name: str, parts: list[str]) -> Iterator[tuple[Rule, str]]:
    if not name.strip("/"):
        yield EMPTY_NAME, "The entry has no name."
        return
    if name.startswith("/"):
        yield ABSOLUTE_NAME, "The name is absolute."
    elif "" in parts:
        yield EMPTY_COMPONENT, "The name has an empty part between two `/`."
    if DRIVE.match(name):
        yield DRIVE_NAME, "The name begins with a drive."
    if "\\" in name:
        yield BACKSLASH, "The name has a backslash."
    if CONTROLS.search(name):
        yield CONTROL_CHARACTER, "The name has a control character."
    if ".." in parts:
        yield PARENT_FOLDER, "The name leads out of the folder by `..`."
    if "." in parts:
        yield DOT_COMPONENT, "The name has a part `.`."


def _size_faults(name: str, parts: list[str]) -> Iterator[tuple[Rule, str]]:
    if len(name.encode()) > MAX_NAME:
        yield NAME_TOO_LONG, f"The name is longer than {MAX_NAME} bytes."
    elif any(len(part.encode()) > MAX_COMPONENT for part in parts):
        yield NAME_TOO_LONG, f"A part of the name is longer than {MAX_COMPONENT} bytes."
    if len(parts) > MAX_DEPTH:
        yield TOO_DEEP, f"The file lies in more than {MAX_DEPTH - 1} folders."


def _part_faults(part: str) -> Iterator[tuple[Rule, str]]:
    if DEVICES.fullmatch(unicodedata.normalize("NFKC", part)):
        yield DEVICE_NAME, f"`{part[:MAX_COMPONENT]}` is a device on Windows."
    if part.endswith((".", " ")) and part not in {".", ".."}:
        yield TRAILING_DOT, "A part of the name ends in a dot or space, which Windows drops."
    if not part.isascii():
        folded = unicodedata.normalize("NFKC", part)
        if (
            folded in {".", ".."}
            or ("/" in folded and "/" not in part)
            or ("\\" in folded and "\\" not in part)
        ):
            yield DISGUISED_PATH, "A part of the name becomes a path when Unicode is normalised."
