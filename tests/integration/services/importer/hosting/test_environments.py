"""Requirements of experiments: installed by Ray where nodes do not meet them, and never against the platform."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from libs.common.jobs.model import JobState
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import Stage, zipped

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(600)]


WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, name: str, version: str, code: str) -> Path:
    """The smallest package that pip installs."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", code)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


async def test_a_requirement_is_installed_for_routes_and_actor(stage: Stage, tmp_path: Path) -> None:
    built = wheel(tmp_path, "entrepot_probe", "1.0", "VALUE = 'from the wheel'")
    files = sample(
        "needs",
        imported="import entrepot_probe",
        initialize="import entrepot_probe; assert entrepot_probe.VALUE == 'from the wheel'",
        requirements=f"entrepot-probe @ {built.as_uri()}\nfastapi>=0.100\n",
    )
    await stage.put("needs", files)
    await stage.running("needs", 1)
    assert (await stage.get("needs"))[0] == 200
    told = (await stage.told("needs", "experiment.started")).data
    assert told["environment_seconds"] > 0
    await stage.put("needs", files | {"notes.txt": "a change that needs no new environment"})
    await stage.running("needs", 2)
    again = (await stage.told("needs", "experiment.started", 2)).data
    print(f"environment {told['environment_seconds']} s, then {again['environment_seconds']} s")


async def test_met_requirements_cost_nothing(stage: Stage) -> None:
    await stage.put("met", sample("met", requirements="numpy>=1\nhttpx\n"))
    await stage.running("met", 1)
    told = (await stage.told("met", "experiment.started")).data
    assert told.get("environment_seconds", 0.0) == 0.0


async def test_a_requirement_that_does_not_exist_is_reported_in_pips_words(
    stage: Stage, tmp_path: Path
) -> None:
    missing = (tmp_path / "no_such-1.0-py3-none-any.whl").as_uri()
    await stage.put("wrong", sample("wrong", requirements=f"no-such @ {missing}\n"))
    failed = await stage.failed("wrong", 1)
    assert "no_such" in "\n".join(failed.error)


async def test_a_pin_against_the_platform_is_refused_in_the_plan(stage: Stage) -> None:
    job = await stage.bench.run(zipped(sample("pins", requirements="starlette==0.1\n")), slug="pins")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert [problem.code for problem in job.error.problems] == ["contradicts-platform"]
    assert await stage.hostings.get("pins") is None
