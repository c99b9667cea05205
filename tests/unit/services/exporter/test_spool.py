"""A spool in memory, on disk, and on its way from one to the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.exporter import spool as spools
from services.exporter.spool import Spool, read_range


def content(spool: Spool) -> bytes:
    return b"".join(read_range(spool.fileno(), 0, spool.size))


def is_on_disk(spool: Spool, folder: Path) -> bool:
    return os.fstat(spool.fileno()).st_dev == folder.stat().st_dev


@pytest.mark.parametrize("limit", [0, 10, 25, 1000])
def test_bytes_come_back_wherever_they_lie(tmp_path: Path, limit: int) -> None:
    with Spool(limit, tmp_path) as spool:
        for part in (b"0123456789", b"", b"abcdefghij", b"ABCDEFGHIJ"):
            spool.append(part)
        assert content(spool) == b"0123456789abcdefghijABCDEFGHIJ"
        assert spool.size == 30
        assert is_on_disk(spool, tmp_path) == (limit < 30)


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    with Spool(0, tmp_path / "spool") as spool:
        spool.append(b"x" * 1000)
        assert list((tmp_path / "spool").iterdir()) == []


def test_a_cleared_spool_begins_anew(tmp_path: Path) -> None:
    with Spool(1000, tmp_path) as spool:
        spool.append(b"old")
        spool.clear()
        spool.append(b"n")
        assert content(spool) == b"n"


@pytest.mark.parametrize("size", [5, 50])
def test_a_sibling_lies_where_this_one_does(tmp_path: Path, size: int) -> None:
    with Spool(10, tmp_path) as spool:
        spool.append(b"x" * size)
        with spool.sibling() as sibling:
            sibling.append(b"y")
            assert is_on_disk(sibling, tmp_path) == is_on_disk(spool, tmp_path)


def test_ranges_are_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "BLOCK", 4)
    with Spool(100, tmp_path) as spool:
        spool.append(b"0123456789")
        assert list(read_range(spool.fileno(), 1, 7)) == [b"1234", b"567"]
        with pytest.raises(EOFError):
            list(read_range(spool.fileno(), 5, 6))
