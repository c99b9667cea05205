from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from libs.common.archive.limits import ArchiveLimits
from libs.common.limits import Limits
from services.importer.data.members import Taken, take_data
from tests.integration.services.importer.uploads import zipped

BOTH = {"db_collections.json": b"{}", "db_types.json": b"[]"}


def take(tmp_path: Path, members: dict[str, bytes]) -> Taken:
    path = tmp_path / "upload.zip"
    path.write_bytes(zipped(members))
    return take_data(path, ArchiveLimits.of_experiments(Limits()), tmp_path / "data")


@pytest.mark.parametrize("folder", ["", "click_intelligent_export_1/"])
def test_both_files_are_taken(tmp_path: Path, folder: str) -> None:
    taken = take(tmp_path, {folder + name: content for name, content in BOTH.items()} | {"x/y": b""})
    assert taken.problems == ()
    assert {path.name: path.read_bytes() for path in taken.folder.iterdir()} == BOTH
    assert taken.digest == hashlib.sha256(b"{}\0[]\0").hexdigest()


def test_the_nearest_to_the_root_counts(tmp_path: Path) -> None:
    deeper = {f"experiments/click/{name}": b"of the experiment" for name in BOTH}
    taken = take(tmp_path, deeper | BOTH)
    assert (taken.folder / "db_types.json").read_bytes() == b"[]"


@pytest.mark.parametrize(
    "members", [{}, {"db_types.json": b""}, {"a/db_types.json": b"", "b/db_collections.json": b""}]
)
def test_one_alone_is_no_data(tmp_path: Path, members: dict[str, bytes]) -> None:
    (problem,) = take(tmp_path, members | {"actor.py": b""}).problems
    assert problem.code == "no-data"
    assert problem.remedy is not None


def test_litter_is_no_data(tmp_path: Path) -> None:
    taken = take(tmp_path, {f"__MACOSX/{name}": content for name, content in BOTH.items()})
    assert [problem.code for problem in taken.problems] == ["no-data"]
