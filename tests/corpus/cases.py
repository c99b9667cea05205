"""The rows of the corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.corpus.build import Item, build

Build = Callable[[], bytes]


@dataclass(frozen=True)
class HostileZip:
    """A ZIP that must be refused, with these problem codes and no others."""

    id: str
    codes: frozenset[str]
    build: Build


@dataclass(frozen=True)
class HonestZip:
    """A ZIP of which these files must be read; folders end in `/` and hold nothing."""

    id: str
    files: dict[str, bytes]
    build: Build


def refused(label: str, codes: str, make: Build) -> HostileZip:
    """`codes` separated by spaces."""
    return HostileZip(label, frozenset(codes.split()), make)


def refused_item(label: str, codes: str, item: Item) -> HostileZip:
    """The item between two ordinary ones."""
    return refused(label, codes, partial(build, Item(b"before.txt"), item, Item(b"zafter.txt")))


def refused_names(label: str, codes: str, *names: bytes | str) -> HostileZip:
    """An archive of empty files and folders of these names."""
    raw = [name.encode() if isinstance(name, str) else name for name in names]
    return refused(label, codes, partial(build, *(Item(name, b"", flags=0x800) for name in raw)))
