from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from services.importer.code import facts, parse
from services.importer.code.parse import DEATHS, parse_files, parser_at_hand

KILLER = "x = " + "(lambda: " * 90 + "1" + ")" * 90
"""Harmless to Python 3.11; what kills a parser differs by version, so tests kill it by its memory limit."""


def write(root: Path, **sources: str) -> list[str]:
    for name, source in sources.items():
        (root / f"{name}.py").write_text(source)
    return [f"{name}.py" for name in sources]


def test_each_file_has_facts(tmp_path: Path) -> None:
    paths = write(tmp_path, a="import os", b="class B: pass", c="x = (")

    found = parse_files(tmp_path, paths)

    assert list(found) == paths
    assert [facts["fault"] is None for facts in found.values()] == [True, True, False]


def test_nothing_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"

    parse_files(tmp_path, write(tmp_path, a=f"open({str(trace)!r}, 'w')"))

    assert not trace.exists()


def test_names_with_spaces_and_umlauts(tmp_path: Path) -> None:
    (tmp_path / "ä b.py").write_text("x = f()")

    assert parse_files(tmp_path, ["ä b.py"])["ä b.py"]["bound"] == ["x"]


def test_files_on_which_the_parser_dies_have_a_fault(tmp_path: Path) -> None:
    """A missing file kills the program just as exhausted memory does."""
    paths = ["dead.py", *write(tmp_path, after=KILLER)]

    found = parse_files(tmp_path, paths)

    assert found["dead.py"]["fault"] is not None
    assert found["after.py"]["fault"] is None


def test_after_some_deaths_it_gives_up(tmp_path: Path) -> None:
    paths = [*(f"dead{n}.py" for n in range(DEATHS + 1)), *write(tmp_path, after="x = 1")]

    found = parse_files(tmp_path, paths)

    assert list(found) == paths
    assert all(facts["fault"] for facts in found.values())


def test_no_files(tmp_path: Path) -> None:
    assert parse_files(tmp_path, []) == {}


def test_a_file_that_takes_too_long_has_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "PARSE_SECONDS", 0.05)
    os.mkfifo(tmp_path / "endless.py")  # whoever opens it waits for a writer

    assert parse_files(tmp_path, ["endless.py"])["endless.py"]["fault"] is not None


def test_a_parser_at_hand_does_the_next_upload_and_has_a_successor(tmp_path: Path) -> None:
    paths = write(tmp_path, a="x = f()")
    with parser_at_hand():
        [waiting] = own_parsers()
        for _ in range(2):
            assert parse_files(tmp_path, paths)["a.py"]["bound"] == ["x"]
        [successor] = own_parsers()
        assert not waiting.is_running()
    assert not successor.is_running()
    assert parse_files(tmp_path, paths)["a.py"]["bound"] == ["x"]
    assert own_parsers() == set()


def test_a_parser_at_hand_that_was_killed_is_replaced(tmp_path: Path) -> None:
    paths = write(tmp_path, a="x = f()")
    with parser_at_hand():
        [waiting] = own_parsers()
        waiting.kill()
        psutil.wait_procs([waiting], timeout=10)
        assert parse_files(tmp_path, paths)["a.py"]["bound"] == ["x"]


def test_a_parser_ends_with_its_service() -> None:
    code = "from services.importer.code.parse import parser_at_hand\nimport os\n"
    code += "with parser_at_hand():\n    os.kill(os.getpid(), 9)"
    before = parsers()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    _, alive = psutil.wait_procs(parsers() - before, timeout=10)
    assert alive == []


def parsers() -> set[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return {process for process in found if facts.__file__ in (process.info["cmdline"] or ())}


def own_parsers() -> set[psutil.Process]:
    return parsers().intersection(psutil.Process().children())
