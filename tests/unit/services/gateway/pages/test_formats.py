from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.gateway.pages import formats


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "—"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (4_613_734, "4.4 MB"),
        (512 * 2**20, "512 MB"),
        (3 * 2**50, "3072 TB"),
    ],
)
def test_sizes(count: int | None, words: str) -> None:
    assert formats.size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "—"),
        (0.0504, "50 ms"),
        (1.26, "1.3 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert formats.duration(seconds) == words


def test_numbers_and_counts() -> None:
    assert formats.number(12_403) == "12,403"
    assert formats.number(None) == "—"
    assert formats.counted(1, "file") == "1 file"
    assert formats.counted(3, "file") == "3 files"
    assert formats.counted(2, "index", "indexes") == "2 indexes"


def test_both_ends_of_a_digest() -> None:
    assert formats.short("9c1e4466aa0123456789e02f") == "9c1e44…e02f"
    assert formats.short("short") == "short"
    assert formats.short(None) == "—"


@pytest.mark.parametrize(
    ("done", "total", "unit", "words"),
    [
        (31 * 2**20, 46 * 2**20, "bytes", "31.0 MB of 46.0 MB"),
        (31 * 2**20, None, "bytes", "31.0 MB"),
        (3, 1_200, "tasks", "3 of 1,200 tasks"),
        (3, None, None, "3"),
        (40, 100, "%", "40 %"),
    ],
)
def test_amounts(done: int, total: int | None, unit: str | None, words: str) -> None:
    assert formats.amount(done, total, unit) == words


def test_a_moment_is_in_utc_until_a_script_rewrites_it() -> None:
    berlin = timezone(timedelta(hours=1))

    markup = formats.moment(datetime(2024, 2, 29, 12, 30, 5, tzinfo=berlin))

    assert 'datetime="2024-02-29T11:30:05+00:00"' in markup
    assert ">2024-02-29 11:30 UTC</time>" in markup
    assert formats.moment(None) == "—"


def test_json_to_read() -> None:
    assert (
        formats.pretty({"at": datetime(2024, 2, 29, tzinfo=UTC)})
        == '{\n  "at": "2024-02-29T00:00:00+00:00"\n}'
    )
