"""`kill -9` of a real importer at each step of a switch of data: then the old data are there or the new, whole."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.common.parts import Parts
from services.importer.app import application
from services.importer.context import Importer
from services.importer.data.journal import UNDO_LEASE, Journal
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.samples import asides, everything, fill
from tests.integration.services.importer.test_crash import die_of
from tests.integration.services.importer.uploads import experiment, zipped

SWITCH = "services.importer.data.switch"
POINTS = [
    "services.importer.data.stage:create_indexes@after#1",
    "services.importer.data.journal:Journal.begin@after#1",
    *(f"{SWITCH}:{step}@after#{nth}" for step in ("_freeze", "_thaw") for nth in (1, 2, 3, 4)),
    f"{SWITCH}:_unwrap@before#1",
    f"{SWITCH}:_unwrap@after#1",
    f"{SWITCH}:switch@after#1",
    "libs.common.jobs.store:JobStore.finish@after#1",
]
UNDOING = [
    f"{SWITCH}:_take_back@after#2",
    f"{SWITCH}:_undo@after#3",
    "services.importer.data.journal:Journal.note_undone@after#1",
]


@pytest.fixture
async def upload(parts: Parts, tmp_path: Path) -> bytes:
    """A first version with data; the ZIP then has other code and other data."""
    database = parts.database
    async with application(parts, examples=tmp_path / "none"):
        await Bench(parts, Importer.of(parts)).run(zipped(experiment()))
    await fill(database)
    content = standalone(experiment(b__py="b = 1\n"), await data_files(database, "click", tmp_path))
    await database["click_rows"].delete_many({"_id": 3})
    await database["click_series"].delete_many({"m": 1})
    await database["click_capped"].insert_one({"_id": 9})
    await database.drop_collection("click_view")
    await database["click_later"].insert_one({})
    return content


@pytest.mark.parametrize("point", POINTS)
async def test_the_import_comes_to_its_one_end(
    parts: Parts, mongo_uri: str, tmp_path: Path, point: str, upload: bytes
) -> None:
    bench = Bench(parts, Importer.of(parts))
    job = await bench.send(upload, with_data="replace")
    assert await die_of(parts, point, mongo_uri) == -signal.SIGKILL
    async with application(parts, examples=tmp_path / "none"):
        ended = await bench.end(job)
    assert ended.error is None
    await assert_replaced(parts, ended.result)


async def assert_replaced(parts: Parts, result: dict[str, object] | None) -> None:
    assert result is not None
    found = await everything(parts.database)
    assert sorted(found) == [f"click_{name}" for name in ("capped", "empty", "rows", "series", "view")]
    assert [len(found[name][0]) for name in sorted(found)] == [3, 0, 3, 30, 1]
    (kept,) = await Journal(parts.database).kept("click")
    assert sorted(await asides(parts.database)) == sorted(kept.kept_names)


@pytest.mark.parametrize("point", UNDOING)
async def test_what_dies_while_it_is_undone_is_undone(
    parts: Parts, mongo_uri: str, tmp_path: Path, point: str, upload: bytes
) -> None:
    """The job is gone, so nobody finishes it: an importer that starts puts the data back."""
    before = await everything(parts.database)
    bench = Bench(parts, Importer.of(parts))
    job = await bench.send(upload, with_data="replace")
    assert await die_of(parts, f"{SWITCH}:switch@after#1", mongo_uri) == -signal.SIGKILL
    assert await everything(parts.database) != before
    await parts.database["jobs"].delete_one({"_id": job.id})

    assert await die_of(parts, point, mongo_uri) == -signal.SIGKILL
    past = {"$set": {"since": datetime.now(UTC) - 2 * UNDO_LEASE}}
    await parts.database["experiment_data"].update_many({}, past)
    async with application(parts, examples=tmp_path / "none"):
        assert await everything(parts.database) == before
    assert await asides(parts.database) == []
    assert await parts.database["experiment_data"].count_documents({}) == 0
