from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.archive.digest import (
    EXECUTABLE,
    ORDINARY,
    FileDigest,
    content_digest,
    hash_tree,
    tree_digest,
)
from libs.common.archive.problems import InvalidArchive

FILES = st.builds(
    FileDigest,
    path=st.text(st.characters(codec="utf-8"), max_size=6),
    mode=st.sampled_from([ORDINARY, EXECUTABLE]),
    size=st.integers(0, 10),
    sha256=st.sampled_from(["00", "11", ""]),
)
INPUTS = st.tuples(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=4), st.text(st.characters(codec="utf-8"), max_size=4)
    ),
    st.lists(FILES, max_size=4, unique_by=lambda file: file.path),
)


def what_counts(parts: dict[str, str], files: list[FileDigest]) -> object:
    return sorted(parts.items()), sorted((file.path, file.mode, file.sha256) for file in files)


@given(one=INPUTS, other=INPUTS)
def test_digests_are_equal_for_equal_inputs_only(
    one: tuple[dict[str, str], list[FileDigest]], other: tuple[dict[str, str], list[FileDigest]]
) -> None:
    assert (content_digest(*one) == content_digest(*other)) == (what_counts(*one) == what_counts(*other))


@given(inputs=INPUTS)
def test_order_does_not_count(inputs: tuple[dict[str, str], list[FileDigest]]) -> None:
    parts, files = inputs

    assert content_digest(dict(reversed(parts.items())), files[::-1]) == content_digest(parts, files)


def test_parts_do_not_run_into_each_other() -> None:
    digests = {
        content_digest({"a": "bc"}, []),
        content_digest({"ab": "c"}, []),
        content_digest({"a": "b", "c": ""}, []),
        content_digest({}, [FileDigest("a", ORDINARY, 1, "bc")]),
    }
    assert len(digests) == 4


def test_digest_is_this() -> None:
    """A change here makes every stored content digest useless."""
    files = [FileDigest("b", EXECUTABLE, 1, "22"), FileDigest("a", ORDINARY, 1, "11")]
    document = b'[{"kind":"docker"},[["a",420,"11"],["b",493,"22"]]]'

    assert content_digest({"kind": "docker"}, files) == hashlib.sha256(document).hexdigest()


def test_two_files_of_one_path() -> None:
    with pytest.raises(ValueError, match="same path"):
        tree_digest([FileDigest("a", ORDINARY, 1, "11"), FileDigest("a", ORDINARY, 1, "22")])


def test_tree_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "b" / "c.py").write_bytes(b"code")
    (tmp_path / "a.sh").write_bytes(b"")
    (tmp_path / "a.sh").chmod(0o700)
    (tmp_path / "b" / "c.py").chmod(0o600)

    assert hash_tree(tmp_path) == [
        FileDigest("a.sh", EXECUTABLE, 0, hashlib.sha256(b"").hexdigest()),
        FileDigest("b/c.py", ORDINARY, 4, hashlib.sha256(b"code").hexdigest()),
    ]


def test_copies_made_under_other_umasks_have_one_digest(tmp_path: Path) -> None:
    digests = set()
    for umask in (0o000, 0o022, 0o077):
        previous = os.umask(umask)
        try:
            copy = tmp_path / f"{umask}"
            copy.mkdir()
            (copy / "a").write_bytes(b"a")
        finally:
            os.umask(previous)
        digests.add(tree_digest(hash_tree(copy)))

    assert len(digests) == 1


def test_all_that_is_no_file_is_refused_together(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "folder-link").symlink_to("real")
    (tmp_path / "real" / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(b"")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))

    with pytest.raises(InvalidArchive) as error:
        hash_tree(tmp_path)

    found = {(problem.path, problem.code) for problem in error.value.problems}
    assert found == {
        ("folder-link", "link"),
        ("real/link", "link"),
        ("pipe", "special-file"),
        ("socket", "special-file"),
        ("caf\\udce9", "name-not-utf8"),
    }


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hash_tree(tmp_path / "gone")
