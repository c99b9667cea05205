from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from libs.common.archive.entries import Entry
from libs.common.archive.inflate import CHUNK
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.problems import MAX_PROBLEMS, InvalidArchive
from libs.common.archive.reader import Archive, inspect_archive, open_archive
from libs.common.archive.writer import Member, write_archive
from tests.corpus.build import Header, Item, build

MIB = 2**20
LIMITS = ArchiveLimits(packed=64 * MIB, unpacked=512 * MIB, entries=1000, ratio=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def opened(path: Path, data: bytes, limits: ArchiveLimits = LIMITS) -> Archive:
    path.write_bytes(data)
    return open_archive(path, limits)


def codes(path: Path, data: bytes, limits: ArchiveLimits = LIMITS) -> list[str]:
    path.write_bytes(data)
    return [problem.code for problem in inspect_archive(path, limits).problems]


def test_entries_and_comment(path: Path) -> None:
    with opened(path, build(Item(b"a.txt", b"aaaaaaaaaa", mode=0o100600), comment=b"note")) as archive:
        assert archive.comment == b"note"
        assert archive.entries == [Entry("a.txt", 10, 5, 0x4C11CDF0, 0o100600, 8, 35)]
        assert not archive.entries[0].is_folder


def test_all_problems_are_listed_at_once_with_their_entry(path: Path) -> None:
    bad = [
        Item(b"../up", flags=1),
        Item(b"a", mode=0o120777),
        Item(b"A", method=12),
        Item(b"\xff", flags=0x800),
    ]
    with pytest.raises(InvalidArchive) as error:
        opened(path, build(*bad))

    assert [(problem.path, problem.code) for problem in error.value.problems] == [
        ("../up", "parent-folder"),
        ("../up", "encrypted"),
        ("a", "link"),
        ("A", "unknown-method"),
        ("\xa0".encode("unicode_escape").decode(), "name-not-utf8"),
        ("A", "case-clash"),
    ]
    assert error.value.status == 422


def test_survey_shows_what_is_understood_beside_the_problems(path: Path) -> None:
    path.write_bytes(build(Item(b"good.py"), Item(b"../bad.py")))
    seen = inspect_archive(path, LIMITS)

    assert [entry.name for entry in seen.entries] == ["good.py", "../bad.py"]
    assert [problem.path for problem in seen.problems] == ["../bad.py"]


def test_list_of_problems_is_bounded(path: Path) -> None:
    problems = codes(path, build(*(Item(b"../%d" % number, b"") for number in range(MAX_PROBLEMS + 7))))

    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == "too-many-problems"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(LIMITS, packed=99), "packed-too-large"),
        (replace(LIMITS, unpacked=1999), "unpacked-too-large"),
        (replace(LIMITS, entries=1), "too-many-entries"),
        (replace(LIMITS, ratio=5, ratio_floor=1999), "ratio-too-high"),
    ],
)
def test_limits(path: Path, limits: ArchiveLimits, code: str) -> None:
    data = build(Item(b"a", b"a" * 1000), Item(b"b", b"b" * 1000))

    assert codes(path, data, limits) == [code]


def test_limits_are_inclusive(path: Path) -> None:
    data = build(Item(b"a", b"a" * 1000), Item(b"b", b"b" * 1000))
    limits = ArchiveLimits(packed=len(data), unpacked=2000, entries=2, ratio=1, ratio_floor=2000)

    assert codes(path, data, limits) == []


def test_ratio_spares_data_of_exports_only(path: Path) -> None:
    limits = replace(LIMITS, ratio=5, ratio_floor=100)
    data = bytes(10_000)

    assert (
        codes(path, build(Item(b"db_collections.json", data), Item(b"x/db_types.json", data)), limits) == []
    )
    assert codes(path, build(Item(b"db_collections.json.txt", data)), limits) == ["ratio-too-high"]


def test_ratio_names_the_worst_file(path: Path) -> None:
    limits = replace(LIMITS, ratio=5, ratio_floor=100)
    path.write_bytes(build(Item(b"a", b"abc"), Item(b"zeros", bytes(10_000)), Item(b"z", bytes(500))))

    (problem,) = inspect_archive(path, limits).problems
    assert problem.path == "zeros"


def test_contents_come_in_bounded_chunks(path: Path) -> None:
    with opened(path, build(Item(data=bytes(3 * CHUNK + 1)))) as archive:
        sizes = [len(chunk) for chunk in archive.read(archive.entries[0])]

    assert max(sizes) <= CHUNK
    assert sum(sizes) == 3 * CHUNK + 1


def test_memory_does_not_grow_with_the_contents(path: Path) -> None:
    block = bytes(MIB)
    zeros = Member("db_collections.json", lambda: (block for _ in range(256)))
    with opened(path, b"".join(write_archive([zeros]))) as archive:
        tracemalloc.start()
        try:
            assert sum(len(chunk) for chunk in archive.read(archive.entries[0])) == 256 * MIB
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 2 * MIB


def test_no_byte_more_than_the_headers_say_is_handed_out(path: Path) -> None:
    lie = Header(size=CHUNK + 10)
    with opened(path, build(Item(data=bytes(10 * CHUNK), local=lie, central=lie))) as archive:
        chunks = archive.read(archive.entries[0])
        assert len(next(chunks)) == CHUNK
        with pytest.raises(InvalidArchive) as error:
            next(chunks)

    assert [problem.code for problem in error.value.problems] == ["size-differs"]


def test_verify_lists_every_damaged_file(path: Path) -> None:
    lie = Header(crc=1)
    bad = [Item(name, local=lie, central=lie) for name in (b"a", b"c")]
    with opened(path, build(bad[0], Item(b"b"), bad[1])) as archive:
        problems = archive.verify()

    assert [(problem.path, problem.code) for problem in problems] == [("a", "wrong-crc"), ("c", "wrong-crc")]


def test_verify_of_a_sound_archive(path: Path) -> None:
    with opened(path, build(Item(b"a"), Item(b"b/", b""))) as archive:
        assert archive.verify() == []


def test_small_files_can_be_read_whole_up_to_a_limit(path: Path) -> None:
    with opened(path, build(Item(b"a", b"12345"))) as archive:
        (entry,) = archive.entries
        assert archive.read_whole(entry, limit=5) == b"12345"
        with pytest.raises(InvalidArchive) as error:
            archive.read_whole(entry, limit=4)

    assert error.value.problems[0].path == "a"


def test_threads_read_at_the_same_time(path: Path) -> None:
    tree = {f"{number}": bytes([number]) * 300_000 for number in range(20)}
    items = [Item(name.encode(), data) for name, data in tree.items()]
    with opened(path, build(*items)) as archive, ThreadPoolExecutor(4) as threads:
        contents = threads.map(lambda entry: b"".join(archive.read(entry)), archive.entries)
        assert list(contents) == list(tree.values())


def test_file_cut_while_open_is_refused(path: Path) -> None:
    with opened(path, build(Item(data=bytes(range(256)) * 100, method=0))) as archive:
        path.write_bytes(path.read_bytes()[:1000])
        assert [problem.code for problem in archive.verify()] == ["truncated"]


def test_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_archive(path, LIMITS)


def test_refused_file_is_closed(path: Path, recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(InvalidArchive):
        opened(path, b"no ZIP")

    assert not [warning for warning in recwarn if warning.category is ResourceWarning]
