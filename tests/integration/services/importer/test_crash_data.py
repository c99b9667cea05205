"""`kill -9` of a real importer at each step of a switch of data: then the old data are there or the new, whole."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from libs.common.parts import Parts
from services.importer.app import application
from services.importer.context import Importer
from services.importer.data.journal import Journal
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.samples import asides, everything, fill
from tests.integration.services.importer.test_crash import die_of
from tests.integration.services.importer.uploads import experiment, zipped

STAGE = "services.importer.data.stage"
SWITCH = "services.importer.data.switch"
POINTS = [
    f"{STAGE}:create_indexes@after#1",
    f"{SWITCH}:_thaw@after#2",
]
"""`test_switch_data.py` has all steps of a switch, `test_crash.py` those of the rest."""


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
    await assert_replaced(parts, ended.result, swept=STAGE in point)


async def assert_replaced(parts: Parts, result: dict[str, object] | None, *, swept: bool) -> None:
    """What was staged before there was a journal is left to the sweep, which spares what is young."""
    assert result is not None
    found = await everything(parts.database)
    assert sorted(found) == [f"click_{name}" for name in ("capped", "empty", "rows", "series", "view")]
    assert [len(found[name][0]) for name in sorted(found)] == [3, 0, 3, 30, 1]
    (kept,) = await Journal(parts.database).kept("click")
    aside = set(await asides(parts.database))
    assert {name for name in aside if name.startswith("_kept")} == set(kept.kept_names)
    assert swept or aside == set(kept.kept_names)


async def test_what_nobody_finishes_is_put_back_at_the_next_start(
    parts: Parts, mongo_uri: str, tmp_path: Path, upload: bytes
) -> None:
    before = await everything(parts.database)
    bench = Bench(parts, Importer.of(parts))
    job = await bench.send(upload, with_data="replace")
    assert await die_of(parts, "services.importer.data.change:switch@after#1", mongo_uri) == -signal.SIGKILL
    assert await everything(parts.database) != before
    await parts.database["jobs"].delete_one({"_id": job.id})

    async with application(parts, examples=tmp_path / "none"):
        assert await everything(parts.database) == before
    assert await asides(parts.database) == []
    assert await parts.database["experiment_data"].count_documents({}) == 0
