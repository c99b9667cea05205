from __future__ import annotations

from pathlib import Path

import pytest

from libs.common.events.imports import ExperimentAction
from libs.common.jobs.model import Job
from libs.common.registry import Registry
from tests.integration.services.importer.bench import Bench, codes, plan_of, until
from tests.integration.services.importer.uploads import experiment, zipped

FIRST, SECOND = experiment(), experiment(b__py="b = 1\n")


def failure(job: Job) -> str:
    assert job.error is not None
    return job.error.code


async def two_versions(bench: Bench) -> None:
    for files in (FIRST, SECOND):
        await bench.run(zipped(files))


async def copy_is(bench: Bench, files: dict[str, str] | None) -> None:
    async def same() -> bool:
        return (bench.copied("click") if bench.copy("click").exists() else None) == files

    await until(same, what="the working copy")


def edit(bench: Bench, name: str = "actor.py") -> dict[str, str]:
    path = bench.copy("click") / name
    path.write_text(path.read_text() + "# by hand\n")
    return bench.copied("click")


class TestRollback:
    async def test_to_the_version_before(self, bench: Bench) -> None:
        await two_versions(bench)

        job = await bench.ask("click", ExperimentAction.ROLLBACK)

        assert job.result is not None
        assert job.result["revision"] == 3
        assert bench.copied("click") == FIRST
        versions = await bench.revisions("click")
        assert versions[2]["digest"] == versions[0]["digest"]
        assert (versions[2]["origin"], versions[2]["note"]) == ("rollback", "Back to revision 1.")

    async def test_to_a_named_one_on_a_host_that_does_not_have_it(self, bench: Bench) -> None:
        await two_versions(bench)
        await bench.run(zipped(experiment(c__py="")))
        old = bench.root / "click" / (await bench.revisions("click"))[0]["digest"]
        old.rename(bench.root.parent / "elsewhere")

        await bench.ask("click", ExperimentAction.ROLLBACK, revision=1, note="too fast")

        assert bench.copied("click") == FIRST
        assert (await bench.revisions("click"))[3]["note"] == "too fast"

    @pytest.mark.parametrize("revision", [None, 7, 0])
    async def test_to_what_is_not_kept(self, bench: Bench, revision: int | None) -> None:
        await bench.run(zipped(FIRST))

        job = await bench.ask("click", ExperimentAction.ROLLBACK, revision=revision)

        assert failure(job) == "version-not-found"
        assert len(await bench.revisions("click")) == 1

    async def test_of_what_was_never_there(self, bench: Bench) -> None:
        assert failure(await bench.ask("click", ExperimentAction.ROLLBACK)) == "version-not-found"
        assert failure(await bench.ask("../x", ExperimentAction.ROLLBACK)) == "invalid-slug"

    async def test_it_brings_a_deleted_experiment_back(self, bench: Bench) -> None:
        await two_versions(bench)
        await bench.ask("click", ExperimentAction.DELETE)

        await bench.ask("click", ExperimentAction.ROLLBACK)

        config = await bench.config("click")
        assert config is not None
        assert config["platform"]["revision"] == 4
        await copy_is(bench, SECOND)


class TestEditedCopy:
    async def test_sync_registers_it(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        edited = edit(bench)

        job = await bench.ask("click", ExperimentAction.SYNC, note="quick fix")

        assert job.result is not None
        assert job.result["revision"] == 2
        config = await bench.config("click")
        assert config is not None
        assert config["platform"]["digest"] == job.result["digest"]
        assert bench.copied("click") == edited
        assert (await bench.revisions("click"))[1]["origin"] == "sync"

        async def adopted() -> bool:
            return bench.importer.copies.look("click").is_untouched

        await until(adopted, what="the edited copy counts as the version")

    async def test_sync_of_an_unedited_one_changes_nothing(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        before = await bench.config("click")

        job = await bench.ask("click", ExperimentAction.SYNC)

        assert job.result is not None
        assert job.result["revision"] == 1
        assert await bench.config("click") == before

    async def test_sync_registers_a_new_folder(self, bench: Bench) -> None:
        for name, text in FIRST.items():
            bench.copy("click").mkdir(parents=True, exist_ok=True)
            (bench.copy("click") / name).write_text(text)

        await bench.ask("click", ExperimentAction.SYNC)

        assert await bench.config("click") is not None

    async def test_sync_refuses_what_an_import_would_refuse(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        (bench.copy("click") / "actor.py").write_text("x = (")
        (bench.copy("click") / "manifest.json").write_text('{"slug": "other"}')

        job = await bench.ask("click", ExperimentAction.SYNC)

        assert sorted(codes(job)) == ["slug-disagreement", "syntax-error"]
        assert len(await bench.revisions("click")) == 1

    async def test_sync_of_nothing(self, bench: Bench) -> None:
        assert failure(await bench.ask("click", ExperimentAction.SYNC)) == "no-working-copy"

    async def test_a_replace_first_keeps_it_as_a_version(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        edited = edit(bench)

        job = await bench.run(zipped(SECOND))

        assert [warning.code for warning in plan_of(job).warnings] == ["working-copy-edited"]
        versions = await bench.revisions("click")
        assert [version["origin"] for version in versions] == ["import", "sync", "import"]
        assert job.result is not None
        assert job.result["revision"] == 3
        await copy_is(bench, SECOND)
        await bench.ask("click", ExperimentAction.ROLLBACK, revision=2)
        await copy_is(bench, edited)

    async def test_a_rollback_first_keeps_it_too(self, bench: Bench) -> None:
        await two_versions(bench)
        edited = edit(bench)

        await bench.ask("click", ExperimentAction.ROLLBACK, revision=1)

        await copy_is(bench, FIRST)
        await bench.ask("click", ExperimentAction.ROLLBACK, revision=3)
        await copy_is(bench, edited)

    async def test_a_dry_run_and_a_refusal_leave_it_alone(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        edited = edit(bench)

        await bench.run(zipped(SECOND), dry_run=True)
        await bench.run(b"broken")

        assert bench.copied("click") == edited
        assert len(await bench.revisions("click")) == 1

    async def test_one_with_a_link_stops_a_replace(self, bench: Bench, tmp_path: Path) -> None:
        await bench.run(zipped(FIRST))
        (bench.copy("click") / "data").symlink_to(tmp_path)

        job = await bench.run(zipped(SECOND))

        assert codes(job) == ["not-a-file"]
        assert (bench.copy("click") / "data").is_symlink()


class TestDelete:
    async def test_data_and_versions_are_kept(self, bench: Bench) -> None:
        await two_versions(bench)
        await bench.parts.database["click_items"].insert_one({"n": 1})

        job = await bench.ask("click", ExperimentAction.DELETE, note="enough")

        assert job.error is None
        assert await bench.config("click") is None
        assert await bench.parts.database["click_items"].count_documents({}) == 1
        last = (await bench.revisions("click"))[-1]
        assert (last["origin"], last["note"], last["bundle"]) == ("delete", "enough", None)
        await copy_is(bench, None)

    async def test_with_its_data_but_not_its_neighbours(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        await bench.run(zipped(experiment("click_tracker")))
        for name in ("click_items", "click_tracker_items", "clicks"):
            await bench.parts.database[name].insert_one({"n": 1})

        await bench.ask("click", ExperimentAction.DELETE, delete_data=True)

        names = set(await bench.parts.database.list_collection_names())
        assert "click_items" not in names
        assert {"click_tracker_items", "clicks"} <= names
        assert await Registry(bench.parts.database).slugs() == ["click_tracker"]
        assert all(version["bundle"] is None for version in await bench.revisions("click"))

    async def test_an_edited_copy_is_left(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        edited = edit(bench)

        await bench.ask("click", ExperimentAction.DELETE)
        await bench.run(zipped(experiment("other")))

        assert bench.copied("click") == edited

    async def test_revisions_go_on_after_a_deletion(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        await bench.ask("click", ExperimentAction.DELETE)

        job = await bench.run(zipped(FIRST))

        assert plan_of(job).action == "create"
        assert job.result is not None
        assert job.result["revision"] == 3

    async def test_of_what_is_not_there(self, bench: Bench) -> None:
        assert failure(await bench.ask("click", ExperimentAction.DELETE)) == "experiment-not-found"
