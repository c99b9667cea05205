from __future__ import annotations

from tests.integration.services.importer.bench import Bench, plan_of
from tests.integration.services.importer.uploads import experiment, zipped


async def test_a_flat_zip_registers(bench: Bench) -> None:
    files = experiment(static_slash_a__css="a{}")

    job = await bench.run(zipped(files))

    assert plan_of(job).action == "create"
    assert plan_of(job).added == sorted(files)
    config = await bench.config("click")
    assert config is not None
    assert config["name"] == "Click"
    assert config["platform"]["revision"] == 1
    assert bench.copied("click") == files
