"""Damaged archives: ours refuses, or reads exactly what Python's own reader reads."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.archive.entries import DEFLATED
from libs.common.archive.headers import FLAG_UTF8
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import open_archive
from libs.common.archive.writer import Member, write_archive
from tests.corpus import HONEST
from tests.corpus.build import Item, build

LIMITS = ArchiveLimits(packed=2**26, unpacked=2**26, entries=10**4, ratio=100)
OURS = b"".join(
    write_archive([Member.of_bytes(name, name.encode() * 40) for name in ("a.py", "b/c.txt", "b/d.png", "ü")])
)
BASES = [OURS, *(data for data in (case.build() for case in HONEST) if len(data) < 5000)]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An honest archive with a few bytes changed, cut out, doubled, or taken from another one."""
    data = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(1, 60)))
        kind = draw(st.sampled_from(["bit", "byte", "cut", "double", "insert", "splice"]))
        if kind == "bit" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at:end]
        elif kind == "double":
            data[at:at] = data[at:end]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=30))
        elif kind == "splice":
            data[at:end] = draw(st.sampled_from(BASES))[at:end]
    return bytes(data)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "archive.zip"


def read_ours(path: Path) -> list[tuple[bytes, bytes]] | None:
    """Raw names and contents; None if refused, by no other error than our own."""
    try:
        with open_archive(path, LIMITS) as archive:
            return [(e.name.encode(), b"".join(archive.read(e))) for e in archive.entries]
    except InvalidArchive:
        return None


def read_python(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """The same by `zipfile`, which decodes names without the UTF-8 flag as code page 437."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(_raw_name(info), archive.read(info)) for info in archive.infolist()]
    except Exception:  # noqa: BLE001 - it raises whatever its parsing runs into
        return None


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.filename.encode("utf-8" if info.flag_bits & FLAG_UTF8 else "cp437")


@given(data=damaged())
@settings(max_examples=1500, deadline=None)
def test_what_is_read_is_what_python_reads(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    ours, pythons = read_ours(path), read_python(data)

    if ours is not None and pythons is not None:
        assert [contents for _, contents in ours] == [contents for _, contents in pythons]
        assert not _unlike(ours, pythons)


def _unlike(ours: list[tuple[bytes, bytes]], pythons: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Names that Python has otherwise; it knows neither the Unicode path nor DOS names as such."""
    pairs = zip(ours, pythons, strict=True)
    return [name for (name, _), (raw, _) in pairs if name != raw and raw.isascii() and b"#U" not in raw]


@given(packed=st.binary(max_size=80), size=st.integers(0, 300))
@settings(max_examples=500, deadline=None)
def test_any_bytes_as_deflate_data(path: Path, packed: bytes, size: int) -> None:
    data = build(Item(b"a", bytes(size), method=DEFLATED, packed=packed))
    path.write_bytes(data)
    ours = read_ours(path)

    assert ours is None or ours == read_python(data)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)

    assert read_ours(path) is None
