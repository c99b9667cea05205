"""Data files to BSON in a child process: exact, renamed, and hostile ones refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bson
import pytest

from libs.common.database.kinds import Kind
from services.exporter import convert as exporting
from services.exporter.lines import Section
from services.exporter.spool import Spool, read_range
from services.importer.data.convert import convert
from services.importer.data.sections import Converted, read_batches
from services.importer.data.spooling import write_spool

DOUBLED = bson.encode({"_id": 1, "a": 1, "b": 2}).replace(b"\x10b\0", b"\x10a\0")
DATA = b'{\n"s_a":[\n{"_id":1}\n]\n}\n'
TYPES = (
    b'{"format":1,"collections":{\n"s_a":{"kind":"collection","options":{},"option_types":null,'
    b'"exported":1,"total":1,"runs":[\n[1,null]\n]}\n}}\n'
)


def write(folder: Path, collections: dict[str, list[bytes]]) -> Path:
    """The two files, as an export writes them."""
    with Spool(0, folder) as spool, spool.sibling() as types:
        sections = []
        for name, raws in collections.items():
            offset = spool.size
            for raw in raws:
                spool.append(raw)
            size = spool.size - offset
            section = Section(name, "collection", {}, None, len(raws), len(raws), offset, size)
            sections.append(section)
        (folder / "db_collections.json").write_bytes(b"".join(exporting.convert(sections, spool, types)))
        (folder / "db_types.json").write_bytes(b"".join(read_range(types.fileno(), 0, types.size)))
    return folder


async def converted(folder: Path, *former: str) -> Converted:
    return await convert(folder, slug="new", former=former, spool=folder / "spool.bson")


def raws(found: Converted) -> dict[str, list[bytes]]:
    return {
        section.name: [bytes(each.raw) for batch in read_batches(found.spool, section) for each in batch]
        for section in found.sections
    }


async def test_documents_come_out_as_they_were(tmp_path: Path) -> None:
    given = {
        "s_a": [bson.encode({"_id": n, "x": [n, 1.5, None]}) for n in range(3)],
        "s_b": [DOUBLED],
        "s_c": [],
    }
    found = await converted(write(tmp_path, given))
    assert found.problems == []
    assert raws(found) == given
    assert [(each.kind, each.documents, each.total) for each in found.sections] == [
        (Kind.COLLECTION, len(each), len(each)) for each in given.values()
    ]


async def test_documents_of_a_former_slug_get_the_new_one(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"_id": 1, "experiment_id": "old", "x": {"experiment_id": "old"}},
        {"_id": 2, "experiment_id": "else"},
        {"_id": 3, "at": bson.Code("f()", {"x": 1}), "experiment_id": "old"},
    ]
    found = await converted(write(tmp_path, {"old_a": list(map(bson.encode, rows))}), "old")
    rows[0]["experiment_id"] = rows[2]["experiment_id"] = "new"
    assert found.problems == []
    assert raws(found) == {"old_a": list(map(bson.encode, rows))}


def test_what_cannot_be_renamed_exactly_is_refused(tmp_path: Path) -> None:
    scoped = bson.encode({"_id": 1, "a": 1, "b": 2, "experiment_id": "old"}).replace(b"\x10b\0", b"\x10a\0")
    folder = write(tmp_path, {"old_a": [scoped]})
    found = write_spool(folder, tmp_path / "spool.bson", slug="new", former={"old"})
    assert [(each["code"], each["row"]) for each in found["problems"]][:1] == [("invalid-document", 1)]


@pytest.mark.parametrize(
    ("data", "types", "code"),
    [
        (DATA[:-5], TYPES, "invalid-data"),
        (b"\xff" + DATA, TYPES, "invalid-data"),
        (DATA.replace(b'{"_id":1}', b"[" * 100_000), TYPES, "invalid-data"),
        (DATA.replace(b'{"_id":1}', b"{}"), TYPES, "invalid-document"),
        (DATA, TYPES.replace(b"[1,null]", b"[99999999999,null]"), "invalid-data"),
        (DATA, TYPES.replace(b"[1,null]", b'[1,"AAAA","bson"]'), "invalid-data"),
        (DATA, TYPES.replace(b"[1,null]", b"[1,7]"), "invalid-data"),
        (DATA, TYPES.replace(b'"exported":1', b'"exported":2'), "invalid-data"),
        (DATA, TYPES.replace(b'"total":1', b'"total":"1"'), "invalid-data"),
        (DATA, TYPES.replace(b'"collection"', b"[]"), "invalid-data"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, data: bytes, types: bytes, code: str) -> None:
    (tmp_path / "db_collections.json").write_bytes(data)
    (tmp_path / "db_types.json").write_bytes(types)
    found = write_spool(tmp_path, tmp_path / "spool.bson", slug="s", former=())
    assert found["problems"][0]["code"] == code
