from __future__ import annotations

import os
from pathlib import Path

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.versions import version_digest
from services.importer.tree import UnusableFolder, copy_files, hash_files, list_files
from tests.unit.services.importer.zips import write_tree


def test_files_without_litter(tmp_path: Path) -> None:
    files = {
        "b.py": "",
        "a/c.py": "",
        "a/__pycache__/c.pyc": "",
        ".git/HEAD": "",
        ".DS_Store": "",
        ".env": "",
    }

    assert list_files(write_tree(tmp_path, files)) == [".env", "a/c.py", "b.py"]


def test_links_in_litter_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "python").symlink_to("/usr/bin/python3")

    assert list_files(tmp_path) == []


def test_everything_that_is_no_file_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.py": ""})
    (tmp_path / "link").symlink_to(tmp_path / "a.py")
    (tmp_path / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "back\\slash").touch()

    with pytest.raises(UnusableFolder) as refusal:
        list_files(tmp_path)

    assert [(problem.code, problem.path) for problem in refusal.value.problems] == [
        ("not-a-file", "folder"),
        ("not-a-file", "link"),
        ("not-a-file", "pipe"),
        ("backslash", "back\\slash"),
    ]


def test_digests_are_those_of_the_tree_without_modes(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.py": "1", "b/c.py": "2"})
    plain = version_digest(hash_tree(tmp_path))
    (tmp_path / "a.py").chmod(0o755)

    assert version_digest(hash_files(tmp_path, list_files(tmp_path))) == plain
    assert version_digest(hash_tree(tmp_path)) == plain


def test_copies_are_independent(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "source", {"a/b.py": "1", "c.py": "2"})
    (source / "c.py").chmod(0o444)

    copy_files(source, ["a/b.py", "c.py"], tmp_path / "copy")

    assert version_digest(hash_tree(tmp_path / "copy")) == version_digest(hash_tree(source))
    assert (tmp_path / "copy" / "c.py").stat().st_nlink == 1
    (tmp_path / "copy" / "c.py").write_text("3")
    assert (source / "c.py").read_text() == "2"
