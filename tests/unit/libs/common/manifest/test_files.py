from __future__ import annotations

import pytest

from libs.common.manifest.files import litter_in


@pytest.mark.parametrize(
    ("path", "litter"),
    [
        (".git/HEAD", ".git/"),
        ("a/.git/objects/x", "a/.git/"),
        ("a/__pycache__/b/c.pyc", "a/__pycache__/"),
        ("__MACOSX/x", "__MACOSX/"),
        (".DS_Store", ".DS_Store"),
        ("a/.DS_Store", "a/.DS_Store"),
        ("a/b.pyc", "a/b.pyc"),
        ("a/._b.py", "a/._b.py"),
        ("a/b.py~", "a/b.py~"),
    ],
)
def test_litter_is_named_by_its_outermost_part(path: str, litter: str) -> None:
    assert litter_in(path) == litter


@pytest.mark.parametrize(
    "path", [".env", ".gitignore", "git/HEAD", "a.py", "pycache/x", "x.pyc.txt", ".git", "static/.keep"]
)
def test_files_of_an_experiment_are_not(path: str) -> None:
    assert litter_in(path) is None
