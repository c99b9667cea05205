"""Files that hold a dump, and files that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.common.archive.problems import InvalidArchive
from libs.common.errors import EntrepotError, InvalidInput
from libs.common.limits import Limits
from services.benchmarks.dump.read import read_dump
from services.benchmarks.results.document import ResultsDocument
from tests.unit.services.benchmarks.dump.dumps import as_bytes, entry, whole, zipped

ROWS = as_bytes(whole(entry()))


def code_of(path: Path, *, zip_only: bool = False) -> str | None:
    with pytest.raises(InvalidInput) as error:
        read_dump(path, Limits(), zip_only=zip_only)
    return error.value.problems[0].code


def test_a_zip_with_only_the_dump(tmp_path: Path) -> None:
    dump = read_dump(zipped(tmp_path, benchmark_dump__json=ROWS), Limits())
    assert dump.entries == 1
    assert dump.results == ResultsDocument()


def test_results_come_along(tmp_path: Path) -> None:
    results = b'{"format": 1, "results": [], "of_the_future": true}'
    path = zipped(tmp_path, benchmark_dump__json=ROWS, benchmark_results__json=results)
    assert read_dump(path, Limits()).results == ResultsDocument()


def test_broken_results_are_refused(tmp_path: Path) -> None:
    path = zipped(
        tmp_path, benchmark_dump__json=ROWS, benchmark_results__json=b'{"results": [{"seed": "x"}]}'
    )
    assert code_of(path) == "bad-results"


def test_bare_json_on_the_command_line_only(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_dump.json"
    path.write_bytes(ROWS)
    assert read_dump(path, Limits()).entries == 1
    assert code_of(path, zip_only=True) == "not-a-zip"


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("dump__sql", "sql-dump"),
        ("benchmark_export__json", "old-export"),
        ("Benchmark_Dump__json", "no-dump"),
        ("folder/benchmark_dump__json", "no-dump"),
    ],
)
def test_zips_without_the_member(tmp_path: Path, member: str, code: str) -> None:
    assert code_of(zipped(tmp_path, **{member: ROWS})) == code


def test_old_formats_by_their_names(tmp_path: Path) -> None:
    for name, code in (("benchmark.sql", "sql-dump"), ("benchmark_export.json", "old-export")):
        path = tmp_path / name
        path.write_bytes(ROWS)
        assert code_of(path) == code


def test_the_users_name_of_the_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"INSERT INTO x")
    with pytest.raises(InvalidInput) as error:
        read_dump(path, Limits(), name="backup.SQL")
    assert error.value.problems[0].code == "sql-dump"


def test_a_dump_in_a_nested_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must not lie in a folder"):
        read_dump(zipped(tmp_path, **{"x/benchmark_dump__json": ROWS}), Limits())


def test_bombs_are_stopped(tmp_path: Path) -> None:
    path = zipped(tmp_path, benchmark_dump__json=b"[" + b" " * 80_000_000 + b"]")
    with pytest.raises(EntrepotError) as error:
        read_dump(path, Limits())
    assert error.value.status < 500


def test_damaged_zips(tmp_path: Path) -> None:
    path = zipped(tmp_path, benchmark_dump__json=ROWS)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InvalidArchive):
        read_dump(path, Limits())


def test_garbage(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_dump.zip"
    path.write_bytes(b"\x00\xff" * 100)
    assert code_of(path) in {"wrong-encoding", "broken-json"}
