"""Data of exported ZIPs taken back: exactly, planned first, all or nothing, and what was there before is kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.common.database.client import Database
from libs.common.events.import_data import CollectionPlan, DataPlan
from libs.common.events.imports import ExperimentAction
from libs.common.jobs.model import Job, JobState
from libs.common.retention.sweep import sweep
from services.importer.data.journal import Journal
from services.importer.data.retention import KeptData, StagedData
from tests.integration.services.importer.bench import Bench, codes, plan_of, until
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.samples import ROWS, asides, everything, fill
from tests.integration.services.importer.uploads import experiment, zipped


def data_plan(job: Job) -> DataPlan:
    assert job.error is None, job.error.problems
    data = plan_of(job).data
    assert data is not None
    return data


def numbers(plan: CollectionPlan) -> tuple[int, ...]:
    return plan.documents, plan.present, plan.insert, plan.change, plan.remove


@pytest.fixture
async def exported(bench: Bench, tmp_path: Path) -> bytes:
    """The ZIP of a registered experiment with data of every form."""
    await bench.run(zipped(experiment()))
    await fill(bench.parts.database)
    return standalone(experiment(), await data_files(bench.parts.database, "click", tmp_path))


async def spoil(database: Database) -> None:
    """Change everything."""
    await database["click_rows"].delete_one({"_id": "text"})
    await database["click_rows"].update_one({"_id": 3}, {"$set": {"new": True}})
    await database["click_rows"].insert_one({"_id": "later"})
    await database["click_series"].delete_many({"m": 1})
    await database.drop_collection("click_capped")
    await database.drop_collection("click_view")
    await database["click_later"].insert_many([{}, {}])


async def test_skip_is_the_default(bench: Bench, exported: bytes) -> None:
    await spoil(bench.parts.database)
    before = await everything(bench.parts.database)
    job = await bench.run(exported)
    assert plan_of(job).data is None
    assert await everything(bench.parts.database) == before


async def test_replace_brings_all_back(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    before = await everything(database)
    await spoil(database)
    spoilt = await everything(database)

    job = await bench.run(exported, with_data="replace")

    assert await everything(database) == before
    assert {each.name: numbers(each) for each in data_plan(job).collections} == {
        "click_capped": (3, 0, 3, 0, 0),
        "click_empty": (0, 0, 0, 0, 0),
        "click_later": (0, 2, 0, 0, 2),
        "click_rows": (3, 3, 1, 1, 1),
        "click_series": (30, 20, 30, 0, 20),
        "click_view": (0, 0, 0, 0, 0),
    }
    for name in ("click_rows", "click_series"):
        assert "own" in await database[name].index_information()
    assert job.result is not None
    assert (job.result["revision"], plan_of(job).action) == (1, "unchanged")
    kept = job.result["kept_data"]
    assert set(kept["collections"]) == set(spoilt)
    assert len(await asides(database)) == 4


async def test_merge_keeps_what_only_the_database_has(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    await spoil(database)

    job = await bench.run(exported, with_data="merge")

    plans = {each.name: numbers(each) for each in data_plan(job).collections}
    found = {row["_id"]: row async for row in database["click_rows"].find()}
    assert set(found) == {"later", *(row["_id"] for row in ROWS)}
    assert found[3] == ROWS[2]
    assert await database["click_later"].count_documents({}) == 2
    assert await database["click_series"].count_documents({}) == 30
    assert plans["click_rows"] == (3, 3, 1, 1, 0)
    assert plans["click_series"] == (30, 20, 10, 20, 0)
    assert "click_later" not in plans


async def test_a_dry_run_tells_the_same_and_changes_nothing(bench: Bench, exported: bytes) -> None:
    await spoil(bench.parts.database)
    before = await everything(bench.parts.database)

    planned = await bench.run(exported, with_data="replace", dry_run=True)

    assert await everything(bench.parts.database) == before
    assert await asides(bench.parts.database) == []
    digest = plan_of(planned).plan_digest
    done = await bench.run(exported, with_data="replace", plan_digest=digest)
    assert data_plan(done) == data_plan(planned)


async def test_under_another_slug_data_get_its_name(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    job = await bench.run(exported, slug="clack", with_data="replace")
    assert {each.name: each.named_before for each in data_plan(job).collections} == {
        f"clack_{name}": f"click_{name}" for name in ("capped", "empty", "rows", "series", "view")
    }
    assert await database["clack_rows"].distinct("experiment_id") == ["clack"]
    assert (await database["clack_view"].options())["viewOn"] == "clack_rows"
    assert await database["clack_view"].count_documents({}) == 1
    assert await database["click_rows"].distinct("experiment_id") == ["click"]


async def test_an_upload_without_data_is_refused(bench: Bench) -> None:
    job = await bench.run(zipped(experiment()), with_data="merge")
    assert job.state is JobState.FAILED
    assert codes(job) == ["no-data"]


async def test_what_was_replaced_can_be_put_back_and_the_rest_again(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    await spoil(database)
    spoilt = await everything(database)
    job = await bench.run(exported, with_data="replace")
    replaced = await everything(database)
    assert job.result is not None

    back = await bench.ask("click", ExperimentAction.RESTORE_DATA, kept_data=job.result["kept_data"]["id"])

    assert back.error is None
    assert await everything(database) == spoilt
    assert "own" in await database["click_series"].index_information()
    (kept,) = await Journal(database).kept("click")
    await bench.ask("click", ExperimentAction.RESTORE_DATA, kept_data=kept.id)
    assert await everything(database) == replaced


async def test_data_are_kept_for_a_time(bench: Bench, exported: bytes) -> None:
    database = bench.parts.database
    await bench.run(exported, with_data="replace")
    (kept,) = await Journal(database).kept("click")
    past = {"$set": {"kept_until": datetime.now(UTC) - timedelta(seconds=1)}}
    await database["experiment_data"].update_one({"_id": kept.id}, past)
    await database["_staged.01234567-0000-7000-8000-000000000000.0"].insert_one({})

    await sweep([KeptData(bench.importer), StagedData(bench.importer)])

    assert await asides(database) == []
    back = await bench.ask("click", ExperimentAction.RESTORE_DATA, kept_data=kept.id)
    assert back.error is not None
    assert back.error.code == "data-not-kept"


async def test_deleted_data_are_not_kept_either(bench: Bench, exported: bytes) -> None:
    await bench.run(exported, with_data="replace")
    await bench.ask("click", ExperimentAction.DELETE, delete_data=True)

    async def gone() -> bool:
        return await asides(bench.parts.database) == []

    await until(gone, what="nothing is kept")


class TestRefused:
    """Nothing changes, and all problems are listed."""

    @pytest.fixture(autouse=True)
    async def unchanged(self, bench: Bench, exported: bytes) -> AsyncIterator[None]:
        before = await everything(bench.parts.database)
        yield
        assert await everything(bench.parts.database) == before
        assert await asides(bench.parts.database) == []

    async def test_a_cut_export(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "cut").mkdir()
        cut = await data_files(bench.parts.database, "click", tmp_path / "cut", limit=2)
        job = await bench.run(standalone(experiment(), cut), with_data="replace")
        assert codes(job) == ["data-cut"] * 3
        for allowed in ({"with_data": "replace", "accept_cut": True}, {"with_data": "merge"}):
            planned = await bench.run(standalone(experiment(), cut), dry_run=True, **allowed)
            assert planned.error is None

    async def test_damaged_files_beside_faults_of_the_code(
        self, bench: Bench, exported: bytes, tmp_path: Path
    ) -> None:
        (tmp_path / "more").mkdir()
        files = await data_files(bench.parts.database, "click", tmp_path / "more")
        damaged = files | {"db_types.json": files["db_types.json"].replace(b"decimal", b"animal")}
        job = await bench.run(standalone(experiment(actor__py="def"), damaged), with_data="replace")
        assert codes(job) == ["syntax-error", "invalid-data"]
        assert job.error is not None
        fault = job.error.problems[-1]
        assert (fault.path, fault.line) == ("db_collections.json", 11)

    async def test_collections_of_others(self, bench: Bench, tmp_path: Path) -> None:
        database = bench.parts.database
        await database["other_rows"].insert_one({})
        await database.create_collection("other_spy", viewOn="tokens")
        (tmp_path / "other").mkdir()
        files = await data_files(database, "other", tmp_path / "other")
        renamed = {name: content.replace(b"other_", b"click_") for name, content in files.items()}
        job = await bench.run(standalone(experiment(), renamed), with_data="merge")
        assert codes(job) == ["foreign-view"]
        job = await bench.run(standalone(experiment(), files), with_data="merge")
        assert codes(job) == ["foreign-collection", "foreign-collection", "foreign-view"]

    async def test_a_longer_slug_keeps_its_data(self, bench: Bench, exported: bytes, tmp_path: Path) -> None:
        await bench.run(zipped(experiment("click_rows")), slug="click_rows")
        await bench.parts.database["click_rows_x"].insert_one({"_id": 1})
        (tmp_path / "longer").mkdir()
        files = await data_files(bench.parts.database, "click_rows", tmp_path / "longer")
        job = await bench.run(standalone(experiment(), files), with_data="replace")
        assert codes(job) == ["foreign-collection"]
        assert job.error is not None
        assert "click_rows" in job.error.problems[0].message
        await bench.parts.database.drop_collection("click_rows_x")

    async def test_what_unique_indexes_refuse(self, bench: Bench, exported: bytes, tmp_path: Path) -> None:
        other = bench.parts.database.client[f"{bench.parts.database.name}_other"]
        await other["click_rows"].insert_many([{"_id": n, "k": n // 2} for n in range(4)])
        (tmp_path / "twice").mkdir()
        files = await data_files(other, "click", tmp_path / "twice")
        await other.client.drop_database(other.name)
        index = {"name": "k", "type": "regular", "keys": {"k": 1}, "options": {"unique": True}}
        manifest = {"slug": "click", "managed_indexes": {"rows": [index]}}
        code = experiment() | {"manifest.json": json.dumps(manifest)}
        job = await bench.run(standalone(code, files), with_data="replace")
        assert codes(job) == ["duplicate-key", "duplicate-key"]
        assert job.error is not None
        assert [problem.row for problem in job.error.problems] == [2, 4]
