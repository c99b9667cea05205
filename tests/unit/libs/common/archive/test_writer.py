from __future__ import annotations

import hashlib
import io
import platform
import stat
import subprocess
import time
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_zip import Method

from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import InvalidArchive
from libs.common.archive.reader import open_archive
from libs.common.archive.writer import BLOCK, Deflate, Member, MemberChanged, MemberTooLarge, write_archive
from tests.unit.libs.common.archive.strategies import TREES, cuts

ANYTHING = ArchiveLimits(packed=2**40, unpacked=2**40, entries=10**6, ratio=10**6)
COMMENTS = st.binary(max_size=50).filter(lambda comment: b"PK\x05\x06" not in comment)
TREE = {"a.py": b"print('a')\n" * 1000, "b/data.json": b"[]", "b/logo.png": b"\x89PNG" * 50}


def members(tree: dict[str, bytes]) -> list[Member]:
    return [Member.of_bytes(name, tree[name]) for name in sorted(tree)]


def written(tree: dict[str, bytes], *, comment: bytes = b"", deflate: Deflate = "isal") -> bytes:
    return b"".join(write_archive(members(tree), comment=comment, deflate=deflate))


def read(data: bytes, folder: Path) -> dict[str, bytes]:
    path = folder / "archive.zip"
    path.write_bytes(data)
    with open_archive(path, ANYTHING) as archive:
        return {entry.name: b"".join(archive.read(entry)) for entry in archive.entries}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@given(tree=TREES, deflate=st.sampled_from(["isal", "zlib"]), comment=COMMENTS)
@settings(deadline=None)
def test_all_that_is_written_is_read_back(
    folder: Path, tree: dict[str, bytes], deflate: Deflate, comment: bytes
) -> None:
    data = written(tree, comment=comment, deflate=deflate)

    assert read(data, folder) == tree
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == tree
        assert archive.comment == comment


@given(data=st.data(), tree=TREES)
@settings(deadline=None)
def test_bytes_do_not_depend_on_how_the_input_is_cut(data: st.DataObject, tree: dict[str, bytes]) -> None:
    chunks = {name: data.draw(cuts(contents)) for name, contents in tree.items()}
    cut = [Member(name, lambda name=name: iter(chunks[name])) for name in sorted(tree)]  # type: ignore[misc]

    assert b"".join(write_archive(cut)) == written(tree)


def test_bytes_do_not_depend_on_cuts_beyond_a_block() -> None:
    text = b"".join(b"row %d of many\n" % number for number in range(100_000))
    pieces = [text[start : start + 777] for start in range(0, len(text), 777)]

    assert b"".join(write_archive([Member("rows", lambda: pieces)])) == written({"rows": text})


@pytest.mark.skipif(platform.machine() != "x86_64", reason="ISA-L writes other bytes on other processors")
def test_bytes_are_these() -> None:
    """A change here breaks the checksums of all archives written before: raise the generator's version with it."""
    digest = hashlib.sha256(written(TREE, comment=b"{}")).hexdigest()

    assert digest == "88e41271f823ee846f19f183e306b89bb7ac73941477283c1875216e51b46e18"


def test_bytes_do_not_depend_on_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    here = written(TREE)
    try:
        monkeypatch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        assert written(TREE) == here
    finally:
        monkeypatch.undo()
        time.tzset()


def test_entries_carry_no_date_and_one_mode() -> None:
    with zipfile.ZipFile(io.BytesIO(written(TREE))) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == stat.S_IFREG | 0o644
            assert info.extra == b""


def test_what_is_compressed_already_is_stored() -> None:
    with zipfile.ZipFile(io.BytesIO(written(TREE | {"LOGO.PNG": b"x"}))) as archive:
        methods = {info.filename: info.compress_type for info in archive.infolist()}

    assert methods["a.py"] == methods["b/data.json"] == zipfile.ZIP_DEFLATED
    assert methods["b/logo.png"] == methods["LOGO.PNG"] == zipfile.ZIP_STORED


def test_info_zip_reads_it(tmp_path: Path) -> None:
    tree = TREE | {"größe.txt": "größe".encode()}
    path = tmp_path / "a.zip"
    path.write_bytes(written(tree, comment=b'{"entrepot": 1}'))

    subprocess.run(["unzip", "-q", str(path), "-d", str(tmp_path / "out")], check=True, timeout=30)

    assert {name: (tmp_path / "out" / name).read_bytes() for name in tree} == tree


def test_size_beyond_four_gigabytes_chooses_zip64(tmp_path: Path) -> None:
    large = Member("large.json", lambda: [b"small after all"], size=2**32)
    data = b"".join(write_archive([Member.of_bytes("a", b"a"), large, Member.of_bytes("z", b"z")]))

    assert b"PK\x06\x06" in data
    assert read(data, tmp_path) == {"a": b"a", "large.json": b"small after all", "z": b"z"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None


def test_small_archives_are_not_zip64() -> None:
    assert b"PK\x06\x06" not in written(TREE)


def test_members_leave_no_classes_behind() -> None:
    """stream-zip makes one whenever it is asked for a method, and classes stay until garbage is looked for."""
    written(TREE)
    before = Method.__subclasses__()
    written({f"{number}{ending}": b"x" for number in range(20) for ending in (".py", ".png")})
    assert Method.__subclasses__() == before


def test_stream_that_passes_four_gigabytes_without_saying_so() -> None:
    block = bytes(2**20)
    endless = Member("endless.json", lambda: (block for _ in count()))

    with pytest.raises(MemberTooLarge):
        for _ in write_archive([endless]):
            pass


def test_stored_member_that_changes_between_two_readings() -> None:
    contents = iter([[b"one"], [b"two"]])

    with pytest.raises(MemberChanged):
        list(write_archive([Member("a.png", lambda: next(contents))]))


def test_failing_member_ends_the_archive() -> None:
    def failing() -> Iterator[bytes]:
        yield b"some"
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        list(write_archive([Member("a", failing)]))


def test_members_are_opened_when_their_turn_comes() -> None:
    opened: list[str] = []

    def member(name: str) -> Member:
        return Member(name, lambda: opened.append(name) or [bytes(3 * BLOCK)])  # type: ignore[func-returns-value]

    archive = write_archive([member("a.png"), member("b.png")])

    assert opened == []
    next(archive)
    assert "b.png" not in opened


def test_chunks_are_of_one_size_however_small_the_members() -> None:
    small = [Member.of_bytes(f"{number:05}", b"small") for number in range(5000)]
    sizes = [len(chunk) for chunk in write_archive([*small, Member.of_bytes("a.png", bytes(9 * BLOCK))])]

    assert set(sizes[:-1]) == {BLOCK}
    assert 0 < sizes[-1] <= BLOCK


def test_file_member(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"contents" * BLOCK)
    member = Member.of_file("a.txt", tmp_path / "file")

    assert member.size == 8 * BLOCK
    assert read(b"".join(write_archive([member])), tmp_path) == {"a.txt": b"contents" * BLOCK}


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"], ["a/"], ["a", "B"]])
def test_wrong_order_doubled_names_and_folders_are_refused_at_once(names: list[str]) -> None:
    with pytest.raises(ValueError, match=r"sorted by name|not written"):
        write_archive([Member.of_bytes(name, b"") for name in names])


def test_names_that_no_reader_accepts_are_refused_together() -> None:
    names = ["../a", "A.py", "a.py", "con", "x\\y"]

    with pytest.raises(InvalidArchive) as error:
        write_archive([Member.of_bytes(name, b"") for name in names])

    codes = [problem.code for problem in error.value.problems]
    assert codes == ["parent-folder", "device-name", "backslash", "case-clash"]


@pytest.mark.parametrize("comment", [b"x" * 65_536, b"PK\x05\x06"])
def test_ambiguous_comment_is_refused(comment: bytes) -> None:
    with pytest.raises(ValueError, match="comment"):
        write_archive([], comment=comment)
