"""Differences of two texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.common.errors import Misconfigured
from services.importer.versions import texts
from services.importer.versions.texts import is_text, unified_diff


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    return tmp_path / "old", tmp_path / "new"


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", True), ("grüße\r\n".encode(), True), (b"a\0b", False), (b"\xff\xfe", False), (b"\x89PNG", False)],
)
def test_what_counts_as_text(content: bytes, expected: bool) -> None:
    assert is_text(content) is expected


async def test_lines_around_a_change_are_shown(sides: tuple[Path, Path]) -> None:
    old, new = sides
    lines = [f"line {number}\n" for number in range(10)]
    (old / "ä b.txt").write_text("".join(lines), encoding="utf-8")
    (new / "ä b.txt").write_text("".join([*lines[:5], "ünew\n", *lines[6:]]), encoding="utf-8")

    diff = await unified_diff("ä b.txt", old, new)

    assert diff is not None
    assert diff.startswith("--- a/ä b.txt\n+++ b/ä b.txt\n@@ -3,7 +3,7 @@\n line 2\n")
    assert "-line 5\n+ünew\n" in diff


async def test_equal_ones_have_no_difference(sides: tuple[Path, Path]) -> None:
    for side in sides:
        (side / "-x").write_text("same")

    assert await unified_diff("-x", *sides) == ""


async def test_a_missing_end_of_line_is_said(sides: tuple[Path, Path]) -> None:
    (sides[1] / "x").write_text("x")

    diff = await unified_diff("x", None, sides[1])

    assert diff is not None
    assert diff.endswith("+x\n\\ No newline at end of file\n")


async def test_a_comparison_that_takes_too_long_is_ended(
    sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "DIFF_SECONDS", 0.0)
    for side in sides:
        (side / "x").write_text(side.name)

    assert await unified_diff("x", *sides) is None


async def test_trouble_is_no_difference(sides: tuple[Path, Path]) -> None:
    assert await unified_diff("gone", *sides) is None


async def test_without_the_program_it_is_said(
    sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(sides[0]))

    with pytest.raises(Misconfigured, match="diffutils"):
        await unified_diff("x", *sides)
