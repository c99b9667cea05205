"""Kept versions: what differs between two of them, and one as a ZIP."""

from __future__ import annotations

import io
import zipfile

import pytest

from libs.common.events.imports import ExperimentAction, ExperimentCompared, ExperimentPacked
from libs.common.jobs.model import Job
from services.importer.versions import compare
from tests.integration.services.importer.bench import Bench, plan_of
from tests.integration.services.importer.uploads import experiment, zipped

FIRST = experiment(a__py="a = 1\n", gone__py="gone = 1\n", data__bin="\0\1", __env="KEY=1\n")
SECOND = experiment(a__py="a = 2\n", new__py="new = 1\n", data__bin="\0\2", __env="KEY=2\n")
A_PY = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"


def compared(job: Job) -> ExperimentCompared:
    assert job.error is None, job.error
    return ExperimentCompared.model_validate(job.result)


def packed(job: Job) -> ExperimentPacked:
    assert job.error is None, job.error
    return ExperimentPacked.model_validate(job.result)


def code(job: Job) -> str:
    assert job.error is not None
    return job.error.code


async def content(bench: Bench, key: str) -> bytes:
    async with bench.parts.blobs.open(key) as chunks:
        return b"".join([chunk async for chunk in chunks])


@pytest.fixture
async def two(bench: Bench) -> Bench:
    for files in (FIRST, SECOND):
        await bench.run(zipped(files))
    return bench


class TestCompare:
    async def test_the_current_version_with_the_one_before(self, two: Bench) -> None:
        found = compared(await two.ask("click", ExperimentAction.COMPARE))

        assert (found.base, found.target, found.total) == (1, 2, 5)
        assert [(file.path, file.change, file.omitted) for file in found.files] == [
            (".env", "changed", "secret"),
            ("a.py", "changed", None),
            ("data.bin", "changed", "binary"),
            ("gone.py", "removed", None),
            ("new.py", "added", None),
        ]
        texts = {file.path: file.diff for file in found.files if file.diff}
        assert texts["a.py"] == A_PY
        assert texts["gone.py"] == "--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone = 1\n"
        assert texts["new.py"] == "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+new = 1\n"
        assert (
            found.message
            == "Files between revision 1 and revision 2 of click: 1 added, 3 changed, 1 removed."
        )

    async def test_any_two_in_any_order_on_a_host_that_has_neither(self, two: Bench) -> None:
        await two.run(zipped(experiment()))
        (two.root / "click").rename(two.root.parent / "elsewhere")

        found = compared(await two.ask("click", ExperimentAction.COMPARE, base=3, revision=1))

        assert (found.base, found.target) == (3, 1)
        assert {file.path: file.change for file in found.files} == {
            ".env": "added",
            "a.py": "added",
            "data.bin": "added",
            "gone.py": "added",
        }

    async def test_equal_ones(self, two: Bench) -> None:
        found = compared(await two.ask("click", ExperimentAction.COMPARE, base=2, revision=2))

        assert (found.files, found.total) == ([], 0)
        assert "no difference" in found.message

    async def test_large_files_and_many_lines_are_named_only(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(compare, "FILE_LIMIT", 100)
        monkeypatch.setattr(compare, "TEXT_LIMIT", 120)
        monkeypatch.setattr(compare, "FILES_LISTED", 3)
        more = {"a__py": "a = 1\n", "b__py": "b\n" * 40, "c__py": "c" * 101, "d__py": ""}
        await bench.run(zipped(experiment()))
        await bench.run(zipped(experiment(**more)))

        found = compared(await bench.ask("click", ExperimentAction.COMPARE))

        assert [(file.path, file.omitted, file.size) for file in found.files] == [
            ("a.py", None, 6),
            ("b.py", "limit", 80),
            ("c.py", "large", 101),
        ]
        assert found.total == 4

    async def test_what_is_not_kept(self, two: Bench) -> None:
        assert code(await two.ask("click", ExperimentAction.COMPARE, revision=9)) == "version-not-found"
        assert code(await two.ask("click", ExperimentAction.COMPARE, revision=1)) == "version-not-found"
        assert code(await two.ask("nobody", ExperimentAction.COMPARE)) == "version-not-found"
        assert code(await two.ask("../x", ExperimentAction.COMPARE)) == "invalid-slug"


class TestPack:
    async def test_a_kept_version_is_an_upload(self, two: Bench) -> None:
        made = packed(await two.ask("click", ExperimentAction.PACK, revision=1))
        archive = await content(two, made.key)

        assert (made.packed, made.filename, made.left_out) == (1, "click_revision_1.zip", [".env"])
        assert made.file_size == len(archive)
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = opened.namelist()
        assert names == sorted(set(FIRST) - {".env"})
        again = plan_of(await two.run(archive, name=made.filename))
        assert (again.slug, again.action, again.removed) == ("click", "replace", [".env", "new.py"])

    async def test_it_is_packed_once(self, two: Bench) -> None:
        first = packed(await two.ask("click", ExperimentAction.PACK))
        before = await two.parts.blobs.head(first.key)

        second = packed(await two.ask("click", ExperimentAction.PACK, revision=2))

        assert second.key == first.key
        assert await two.parts.blobs.head(second.key) == before

    async def test_it_goes_with_the_version(self, two: Bench) -> None:
        old = packed(await two.ask("click", ExperimentAction.PACK, revision=1))
        for number in range(3):  # as many as are kept
            await two.run(zipped(experiment(n__py=f"n = {number}\n")))
        await two.ask("click", ExperimentAction.PACK)

        assert await two.parts.blobs.head(old.key) is None
        assert len(await two.keys("downloads/click/")) == 1

        await two.ask("click", ExperimentAction.DELETE, delete_data=True)
        assert await two.keys("downloads/") == []

    async def test_of_a_deleted_experiment(self, two: Bench) -> None:
        await two.ask("click", ExperimentAction.DELETE)

        assert packed(await two.ask("click", ExperimentAction.PACK)).packed == 2

    async def test_what_is_not_kept(self, two: Bench) -> None:
        job = await two.ask("click", ExperimentAction.PACK, revision=9)

        assert code(job) == "version-not-found"
        assert job.error is not None
        assert job.error.message == "No files of revision 9 of 'click' are kept."
