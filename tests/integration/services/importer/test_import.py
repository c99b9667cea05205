from __future__ import annotations

import json

import pytest

from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.reader import open_archive
from libs.common.jobs.model import JobState
from libs.common.manifest.comment import slug_of_comment
from libs.common.registry import Registry
from libs.common.versions import fetch, materialise
from tests.integration.services.importer.bench import Bench, codes, plan_of, until
from tests.integration.services.importer.uploads import experiment, zipped


async def test_a_flat_zip_registers(bench: Bench) -> None:
    files = experiment(static_slash_a__css="a{}")

    job = await bench.run(zipped(files), by="dev@example.com", note="first")

    plan = plan_of(job)
    assert (plan.action, plan.base_revision, plan.added) == ("create", None, sorted(files))
    assert job.result is not None
    assert job.result["revision"] == 1
    config = await bench.config("click")
    assert config is not None
    assert (config["name"], config["slug"], config["platform"]["revision"]) == ("Click", "click", 1)
    (version,) = await bench.revisions("click")
    assert (version["author"], version["note"], version["origin"]) == ("dev@example.com", "first", "import")
    assert version["digest"] == plan.digest == config["platform"]["digest"]
    assert bench.copied("click") == files


async def test_the_bundle_restores_the_version_anywhere(bench: Bench) -> None:
    await bench.run(zipped(experiment()))
    registered = await Registry(bench.parts.database).get("click")
    assert registered.runtime_s3_uri == bench.parts.blobs.uri(registered.platform.bundle.key)
    assert registered.platform.bundle.key.startswith("click/runtime-")

    elsewhere = bench.root.parent / "other-host"
    folder = await materialise(registered, blobs=bench.parts.blobs, root=elsewhere)

    assert folder == elsewhere / "click" / registered.platform.digest
    assert {path.name for path in folder.iterdir()} == {"actor.py", "manifest.json", "__init__.py"}
    packed = bench.root.parent / "bundle.zip"
    assert (
        await fetch(bench.parts.blobs, registered.platform.bundle.key, packed)
        == registered.platform.bundle.sha256
    )
    with open_archive(packed, ArchiveLimits.of_experiments(bench.parts.limits)) as archive:
        assert slug_of_comment(archive.comment) == "click"


async def test_the_registered_event_follows_the_completed_one(bench: Bench) -> None:
    told: list[tuple[str, str | None]] = []

    async def note(message: object) -> None:
        told.append((message.routing_key, message.subject))  # type: ignore[attr-defined]

    async with bench.parts.bus.subscribe(["import.completed", "experiment.registered"], note):
        await bench.run(zipped(experiment()))

        async def both() -> bool:
            return len(told) == 2

        await until(both, what="both events")
    assert told == [("import.completed", "click"), ("experiment.registered", "click")]


async def test_a_replacement_is_a_new_revision(bench: Bench) -> None:
    first, second = (
        experiment(),
        experiment(engine__py="x = 1\n") | {"actor.py": experiment()["actor.py"] + "#\n"},
    )
    await bench.run(zipped(first))

    job = await bench.run(zipped(second))

    plan = plan_of(job)
    assert (plan.action, plan.base_revision) == ("replace", 1)
    assert (plan.added, plan.changed, plan.removed) == (["engine.py"], ["actor.py"], [])
    assert [version["revision"] for version in await bench.revisions("click")] == [1, 2]
    assert bench.copied("click") == second


async def test_a_b_a_is_three_revisions_of_two_versions(bench: Bench) -> None:
    first, second = experiment(), experiment(b__py="b = 1\n")
    for files in (first, second, first):
        await bench.run(zipped(files))

    versions = await bench.revisions("click")
    assert [version["revision"] for version in versions] == [1, 2, 3]
    assert versions[0]["digest"] == versions[2]["digest"] != versions[1]["digest"]
    assert versions[0]["bundle"] == versions[2]["bundle"]
    assert len(list((bench.root / "click").iterdir())) == 2
    assert len(await bench.keys("click/")) == 2
    assert bench.copied("click") == first


async def test_the_same_files_in_any_layout_change_nothing(bench: Bench) -> None:
    files = experiment()
    await bench.run(zipped(files))
    before = await bench.config("click")

    for prefix in ("experiments/click/", "click/", "x/experiments/click/experiments/click/"):
        job = await bench.run(zipped(files, prefix=prefix))
        assert plan_of(job).action == "unchanged"

    assert await bench.config("click") == before
    assert len(await bench.revisions("click")) == 1


async def test_a_hyphenated_slug_and_one_without_a_manifest_key(bench: Bench) -> None:
    await bench.run(zipped(experiment(None), prefix="experiments/store-front/"))

    config = await bench.config("store-front")
    assert config is not None
    assert config["slug"] == "store-front"
    assert json.loads(bench.copied("store-front")["manifest.json"]) == {"name": "Click", "status": "active"}


async def test_another_slug_by_the_form(bench: Bench) -> None:
    files = experiment(templates_slash_a__html='<a href="/experiments/click/">')

    job = await bench.run(zipped(files), slug="click-2")

    assert plan_of(job).rewritten == ["manifest.json", "templates/a.html"]
    copied = bench.copied("click-2")
    assert copied["templates/a.html"] == '<a href="/experiments/click-2/">'
    assert json.loads(copied["manifest.json"])["slug"] == "click-2"
    assert await bench.config("click") is None


async def test_operators_settings_and_hosting_survive_an_import(bench: Bench) -> None:
    await bench.run(zipped(experiment()))
    ours = {"platform.settings": {"status": "archived"}, "platform.hosting": {"state": "running"}}
    await bench.parts.database["experiments_config"].update_one({"_id": "click"}, {"$set": ours})

    await bench.run(zipped(experiment(b__py="")))

    config = await bench.config("click")
    assert config is not None
    assert config["platform"]["revision"] == 2
    assert config["platform"]["settings"] == {"status": "archived"}
    assert config["platform"]["hosting"] == {"state": "running"}


class TestDryRun:
    async def test_it_changes_nothing_and_tells_the_plan(self, bench: Bench) -> None:
        job = await bench.run(zipped(experiment()), dry_run=True)

        plan = plan_of(job)
        assert plan.action == "create"
        assert job.result is not None
        assert job.result["dry_run"] is True
        assert await bench.config("click") is None
        assert await bench.revisions("click") == []
        assert not bench.copy("click").exists()
        assert not (bench.root / "click").exists()

    async def test_the_agreed_plan_is_carried_out(self, bench: Bench) -> None:
        plan = plan_of(await bench.run(zipped(experiment()), dry_run=True))

        job = await bench.run(zipped(experiment()), plan_digest=plan.plan_digest)

        assert plan_of(job) == plan

    async def test_a_plan_that_changed_meanwhile_is_refused_with_the_new_one(self, bench: Bench) -> None:
        await bench.run(zipped(experiment()))
        mine = zipped(experiment(mine__py=""))
        plan = plan_of(await bench.run(mine, dry_run=True))
        await bench.run(zipped(experiment(theirs__py="")))
        before = await bench.config("click")

        job = await bench.run(mine, plan_digest=plan.plan_digest)

        assert job.error is not None
        assert job.error.code == "plan-changed"
        assert codes(job) == ["new-plan"]
        assert job.error.extensions["plan"]["removed"] == ["theirs.py"]
        assert await bench.config("click") == before


class TestConflict:
    async def test_fail(self, bench: Bench) -> None:
        await bench.run(zipped(experiment()))

        job = await bench.run(zipped(experiment(b__py="")), on_conflict="fail")

        assert job.error is not None
        assert job.error.code == "already-registered"
        assert len(await bench.revisions("click")) == 1

    async def test_skip(self, bench: Bench) -> None:
        await bench.run(zipped(experiment()))

        job = await bench.run(zipped(experiment(b__py="")), on_conflict="skip")

        assert plan_of(job).action == "skip"
        assert bench.copied("click") == experiment()

    @pytest.mark.parametrize("on_conflict", ["replace", "fail", "skip"])
    async def test_none(self, bench: Bench, on_conflict: str) -> None:
        assert plan_of(await bench.run(zipped(experiment()), on_conflict=on_conflict)).action == "create"


class TestRefusal:
    async def test_nothing_changes_and_every_problem_is_listed(self, bench: Bench) -> None:
        await bench.run(zipped(experiment()))
        config, copied = await bench.config("click"), bench.copied("click")
        bad = experiment() | {
            "actor.py": "class Actor: pass",
            "__init__.py": "x = (",
            "requirements.txt": "???",
        }

        job = await bench.run(zipped(bad))

        assert job.state is JobState.FAILED
        assert sorted(codes(job)) == ["invalid-requirement", "no-actor-class", "syntax-error"]
        assert (await bench.config("click"), bench.copied("click")) == (config, copied)
        assert len(await bench.revisions("click")) == 1
        assert len(list((bench.root / "click").iterdir())) == 1
        assert not list((bench.root / ".partial").iterdir())

    @pytest.mark.parametrize("content", [b"", b"no zip", zipped({"../../evil": "", "/etc/passwd": ""})])
    async def test_what_is_no_zip_or_a_hostile_one(self, bench: Bench, content: bytes) -> None:
        job = await bench.run(content, slug="click")

        assert job.error is not None
        assert job.error.code == "invalid-upload"
        assert job.attempt == 1
        assert await bench.config("click") is None
        assert not bench.copy("click").exists()

    async def test_an_upload_that_is_gone(self, bench: Bench) -> None:
        job = await bench.send(zipped(experiment()))
        await bench.parts.blobs.delete(job.input["upload_key"])

        ended = await bench.end(job)

        if ended.error is not None:  # else it was faster than the deletion
            assert ended.error.code == "upload-gone"


async def test_imports_of_one_slug_come_one_after_the_other(bench: Bench) -> None:
    jobs = [await bench.send(zipped(experiment(n__py=f"n = {number}\n"))) for number in range(6)]

    ended = [await bench.end(job) for job in jobs]

    assert [job.error for job in ended] == [None] * 6
    versions = await bench.revisions("click")
    assert [version["revision"] for version in versions] == [1, 2, 3, 4, 5, 6]
    bases = sorted(plan_of(job).base_revision or 0 for job in ended)
    assert bases == [0, 1, 2, 3, 4, 5]
    config = await bench.config("click")
    assert config is not None
    last = next(job for job in ended if plan_of(job).base_revision == 5)
    assert config["platform"]["digest"] == plan_of(last).digest

    async def copy_follows() -> bool:
        return bench.importer.copies.look("click").digest == plan_of(last).digest

    await until(copy_follows, what="the working copy is the last version")


async def test_the_upload_is_deleted_when_the_job_has_ended(bench: Bench) -> None:
    await bench.run(zipped(experiment()))
    await bench.run(b"broken")
    await bench.run(zipped(experiment(b__py="")), dry_run=True)

    async def gone() -> bool:
        return await bench.keys("uploads/") == []

    await until(gone, what="no uploads are left")


async def test_only_the_newest_versions_keep_their_files(bench: Bench) -> None:
    for number in range(5):
        await bench.run(zipped(experiment(n__py=f"n = {number}\n")))

    async def pruned() -> bool:
        return len(await bench.keys("click/")) == bench.parts.limits.kept_versions == 3

    await until(pruned, what="three bundles are kept")
    versions = await bench.revisions("click")
    assert [version["bundle"] is not None for version in versions] == [False, False, True, True, True]
