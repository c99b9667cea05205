"""Both files of the data: one document a line, the same bytes however they are read and wherever they are made."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import Int64, ObjectId
from bson.raw_bson import RawBSONDocument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import standalone_data
from services.exporter import convert as conversion
from services.exporter import converters
from services.exporter.convert import convert
from services.exporter.converters import ConversionFailed, converters_kept
from services.exporter.lines import Section
from services.exporter.spool import Spool, read_range
from tests.unit.services.exporter.bson_documents import documents

Documents = Sequence[dict[str, Any]]
LARGE = 2**30


def section(name: str, spool: Spool, rows: Documents, **values: Any) -> Section:
    """Append documents to the spool."""
    offset = spool.size
    for row in rows:
        spool.append(bson.encode(row))
    described: dict[str, Any] = {
        "kind": "collection",
        "options": {},
        "option_types": None,
        "exported": len(rows),
        "total": len(rows),
    }
    return Section(name=name, offset=offset, length=spool.size - offset, **(described | values))


def files(folder: Path, collections: dict[str, Documents], **values: Any) -> tuple[bytes, bytes]:
    """What becomes of collections, as the two files' contents."""
    with Spool(LARGE, folder) as spool, spool.sibling() as types:
        sections = [section(name, spool, rows, **values) for name, rows in collections.items()]
        data = b"".join(convert(sections, spool, types))
        return data, b"".join(read_range(types.fileno(), 0, types.size))


def restored(folder: Path, data: bytes, types: bytes) -> dict[str, list[bytes]]:
    """BSON of each collection, as the standalone application reads it."""
    (folder / "db_collections.json").write_bytes(data)
    (folder / "db_types.json").write_bytes(types)
    return {
        dumped.name: [
            bytes(row.raw) if isinstance(row, RawBSONDocument) else bson.encode(row)
            for row in dumped.documents
        ]
        for dumped in standalone_data.read_collections(folder)
    }


def test_the_files_are_json_with_a_document_a_line(tmp_path: Path) -> None:
    ids = [ObjectId(f"{n:024x}") for n in range(3)]
    data, types = files(
        tmp_path, {"s_a": [{"_id": each} for each in ids], "s_b": [], "s_c": [{"n": Int64(1)}]}
    )
    assert data.decode().splitlines() == [
        "{",
        '"s_a":[',
        *[f'{{"_id":"{each}"}}{comma}' for each, comma in zip(ids, [",", ",", ""], strict=True)],
        "],",
        '"s_b":[',
        "],",
        '"s_c":[',
        '{"n":1}',
        "]",
        "}",
    ]
    described = json.loads(types)["collections"]
    assert described["s_a"]["runs"] == [[3, {"_id": "objectid"}, "new"]]
    assert described["s_b"]["runs"] == []
    assert described["s_c"]["runs"] == [[1, {"n": "long"}, "new"]]


def test_no_collection_gives_valid_files(tmp_path: Path) -> None:
    data, types = files(tmp_path, {})
    assert json.loads(data) == {}
    assert json.loads(types) == {"format": 1, "collections": {}}
    assert restored(tmp_path, data, types) == {}


def test_shapes_are_named_once_and_runs_are_short(tmp_path: Path) -> None:
    rows = [{"v": value} for value in [1, 1, Int64(1), Int64(2), 1, Int64(3), float("nan")]]
    _, types = files(tmp_path, {"s_a": rows})
    assert json.loads(types)["collections"]["s_a"]["runs"] == [
        [2, None],
        [2, {"v": "long"}, "new"],
        [1, None],
        [1, 0],
        [1, {"v": "double"}, "new"],
    ]


def test_irregular_data_remember_a_bounded_number_of_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.exporter.lines.KNOWN_SHAPES", 2)
    rows = [{f"field{n % 4}": ObjectId()} for n in range(12)]
    data, types = files(tmp_path, {"s_a": rows})
    runs = json.loads(types)["collections"]["s_a"]["runs"]
    assert sum(run[-1] == "new" for run in runs) == 2
    assert restored(tmp_path, data, types) == {"s_a": [bson.encode(row) for row in rows]}


def test_options_and_counts_come_back(tmp_path: Path) -> None:
    options = {"capped": True, "size": 4096}
    data, types = files(tmp_path, {"s_a": [{"n": 1}]}, kind="capped", options=options, total=9)
    (tmp_path / "db_collections.json").write_bytes(data)
    (tmp_path / "db_types.json").write_bytes(types)
    [dumped] = standalone_data.read_collections(tmp_path)
    assert (dumped.kind, dumped.options, dumped.exported, dumped.total) == ("capped", options, 1, 9)


SLOW_BUT_DEEP = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(suppress_health_check=SLOW_BUT_DEEP, max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(["s_a", "s_b", "s_é\"'"]), st.lists(documents, max_size=3)))
def test_every_collection_comes_back(tmp_path: Path, collections: dict[str, Documents]) -> None:
    data, types = files(tmp_path, collections)
    expected = {name: [bson.encode(row) for row in rows] for name, rows in collections.items()}
    assert restored(tmp_path, data, types) == expected


@pytest.fixture
def large() -> dict[str, Documents]:
    """Some blocks of documents."""
    return {"s_a": [{"_id": ObjectId(f"{n:024x}"), "text": "x" * (n % 700)} for n in range(4_000)]}


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Processes that are started from now on."""
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remember(*given: Any, **how: Any) -> subprocess.Popen[bytes]:
        started.append(start(*given, **how))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    return started


def test_another_process_makes_the_same_bytes(
    tmp_path: Path,
    large: dict[str, Documents],
    children: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = files(tmp_path, large)
    assert len(children) == 1
    monkeypatch.setattr(conversion, "INLINE_LIMIT", LARGE)
    assert files(tmp_path, large) == apart
    assert len(children) == 1


def test_a_failing_process_is_reported(tmp_path: Path, large: dict[str, Documents]) -> None:
    with Spool(LARGE, tmp_path) as spool, spool.sibling() as types:
        sections = [section(name, spool, rows) for name, rows in large.items()]
        too_long = Section(**{**vars(sections[0]), "length": spool.size + 1})
        with pytest.raises(ConversionFailed):
            b"".join(convert([too_long], spool, types))


def test_a_process_ends_when_nobody_reads_on(
    tmp_path: Path, large: dict[str, Documents], children: list[subprocess.Popen[bytes]]
) -> None:
    with Spool(LARGE, tmp_path) as spool, spool.sibling() as types:
        chunks = convert([section(name, spool, rows) for name, rows in large.items()], spool, types)
        assert isinstance(chunks, Generator)
        next(chunks)
        chunks.close()
    assert children[0].poll() is not None


Damage = Callable[[bytes, bytes], tuple[bytes, bytes]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data, types: (data.replace(b'{"n":1}', b'{"m":1}'), types),
        lambda data, types: (data.replace(b'{"n":1},\n', b""), types),
        lambda data, types: (data.replace(b'{"n":1}', b'{"n":1},\n{"n":1}'), types),
        lambda data, types: (data.replace(b'"s_a"', b'"s_b"'), types),
        lambda data, types: (data, types.replace(b'"format":1', b'"format":2')),
        lambda data, types: (data, types.replace(b'"long"', b'"unheard of"')),
        lambda data, types: (b"", types),
    ],
)
def test_files_that_do_not_fit_together_are_refused(tmp_path: Path, damage: Damage) -> None:
    data, types = files(tmp_path, {"s_a": [{"n": Int64(1)}, {"n": Int64(2)}]})
    with pytest.raises(standalone_data.DataFileError):
        restored(tmp_path, *damage(data, types))


def test_a_process_that_is_kept_converts_again(
    tmp_path: Path, large: dict[str, Documents], children: list[subprocess.Popen[bytes]]
) -> None:
    other: dict[str, Documents] = {
        "s_b": [{"_id": n, "text": "y" * 200, "at": datetime(2025, 1, 1, tzinfo=UTC)} for n in range(4_000)]
    }
    alone = [files(tmp_path, each) for each in (large, other)]
    assert len(children) == 2
    with converters_kept():
        assert [files(tmp_path, each) for each in (large, other, large)] == [*alone, alone[0]]
        assert len(children) == 3
        assert children[2].poll() is None
    assert [child.poll() is None for child in children] == [False] * 3


@pytest.mark.parametrize("idle", [True, False])
def test_a_kept_process_that_is_gone_or_old_is_replaced(
    tmp_path: Path,
    large: dict[str, Documents],
    children: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    idle: bool,
) -> None:
    with converters_kept():
        before = files(tmp_path, large)
        if idle:
            monkeypatch.setattr(converters, "TRUSTED_SECONDS", 0.0)
        else:
            children[0].kill()
            children[0].wait()
        assert files(tmp_path, large) == before
        assert len(children) == 2


def test_a_kept_process_ends_by_itself(
    tmp_path: Path, large: dict[str, Documents], children: list[subprocess.Popen[bytes]]
) -> None:
    """With its service, however that ends."""
    with converters_kept():
        files(tmp_path, large)
        converters._waiting._converters[0]._requests.close()
        assert children[0].wait(timeout=20) == 0
