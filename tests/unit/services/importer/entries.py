"""Entries of a ZIP, as the layout sees them."""

from __future__ import annotations

import zlib

from libs.common.archive.entries import STORED, Entry


def entries(*names: str) -> list[Entry]:
    return [entry(name) for name in names]


def entry(name: str, content: str = "") -> Entry:
    data = content.encode()
    return Entry(name, len(data), len(data), zlib.crc32(data), 0o100644, STORED, 0)


SOUND = ("manifest.json", "actor.py", "__init__.py")


def under(prefix: str, *names: str) -> list[Entry]:
    return entries(*(prefix + name for name in (*SOUND, *names)))
