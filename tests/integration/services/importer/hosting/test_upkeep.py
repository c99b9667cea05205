"""What hosting costs and leaves behind, over time and over restarts of the importer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.home import find_ray
from libs.common.limits import Limits
from services.importer.app import application
from services.importer.hosting.cluster import Cluster
from tests.integration.services.importer.hosting.processes import memory_of, processes_of
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import Stage, zipped

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(900)]

REIMPORTS = 30
MANY = 20


def ray_folder(stage: Stage) -> Path:
    head = find_ray(stage.bench.parts.settings)
    assert head is not None
    return head.folder


async def living_actors() -> list[str]:
    return sorted(name for name, row in (await Cluster().actors()).items() if not row.is_gone)


async def test_reimports_leave_nothing_behind(stage: Stage) -> None:
    await stage.put("again", sample("again", "0"))
    await stage.running("again", 1)
    before = len(list(processes_of(ray_folder(stage))))
    for number in range(1, REIMPORTS + 1):
        await stage.put("again", sample("again", str(number)))
        await stage.running("again", number + 1)
    await stage.settle()
    async with asyncio.timeout(60):
        while (names := await living_actors()) and len(names) > 2:
            await asyncio.sleep(0.2)
    actor, host = names
    assert (actor, host.split(":")[:3]) == ("again-actor", ["host", "again", str(REIMPORTS + 1)])
    status, body = await stage.get("again")
    assert (status, json.loads(body)["version"]) == (200, str(REIMPORTS))
    async with asyncio.timeout(60):  # Ray ends idle workers after a moment
        while len(list(processes_of(ray_folder(stage)))) > before + 2:
            await asyncio.sleep(0.5)


async def test_twenty_experiments_at_once(stage: Stage) -> None:
    slugs = [f"many{number}" for number in range(MANY)]
    memory = memory_of(ray_folder(stage))
    began = asyncio.get_running_loop().time()
    jobs = [await stage.bench.send(zipped(sample(slug)), slug=slug) for slug in slugs]
    for job in jobs:
        await stage.bench.end(job)
    for slug in slugs:
        await stage.running(slug, 1)
    seconds = asyncio.get_running_loop().time() - began
    for slug in slugs:
        assert (await stage.get(slug))[0] == 200
    each = (memory_of(ray_folder(stage)) - memory) / MANY / 2**20
    print(f"{MANY} experiments in {seconds:.0f} s, {each:.0f} MiB each")


class TestIdle:
    @pytest.fixture
    def limits(self, limits: Limits) -> Limits:
        return limits.model_copy(update={"host_idle_seconds": 3.0})

    async def test_what_nobody_uses_is_stopped_and_starts_on_request(self, stage: Stage) -> None:
        await stage.put("idle", sample("idle"))
        await stage.running("idle", 1)
        stopped = await stage.stopped("idle")
        assert not stopped.is_off
        assert (await stage.told("idle", "experiment.stopped")).data["reason"] == "idle"
        await stage.hostings.want("idle")
        await stage.running("idle", 1)
        assert (await stage.get("idle"))[0] == 200


async def test_experiments_outlive_the_death_of_ray_itself(stage: Stage) -> None:
    await stage.put("phoenix", sample("phoenix"))
    await stage.running("phoenix", 1)
    folder = ray_folder(stage)
    [head] = [one for one in processes_of(folder) if "ray_head_process.py" in " ".join(one.cmdline())]
    head.kill()
    await stage.stopped("phoenix")
    await stage.hostings.want("phoenix")
    await stage.running("phoenix", 1)
    assert (await stage.get("phoenix"))[0] == 200
    assert ray_folder(stage) != folder
    assert list(processes_of(folder)) == []


async def test_examples_wait_for_a_request(stage: Stage) -> None:
    await stage.put("lazy", sample("lazy"), by="examples")
    await stage.put("eager", sample("eager"))
    await stage.running("eager", 1)
    assert await stage.hostings.get("lazy") is None
    await stage.hostings.want("lazy")
    await stage.running("lazy", 1)


async def test_what_is_no_longer_active_is_stopped(stage: Stage) -> None:
    await stage.put("seasonal", sample("seasonal"))
    await stage.running("seasonal", 1)
    await stage.bench.parts.database[EXPERIMENTS_CONFIG].update_one(
        {"_id": "seasonal"}, {"$set": {"platform.settings.status": "archived"}}
    )
    async with asyncio.timeout(60):
        while await stage.hostings.get("seasonal") is not None:
            await asyncio.sleep(0.1)
    assert await living_actors() == []


async def test_a_second_importer_takes_over_what_runs(stage: Stage, tmp_path: Path) -> None:
    """Both supervise one database; the first leaves, and the host goes on without being started again."""
    await stage.put("stays", sample("stays"))
    before = await stage.running("stays", 1)
    async with application(stage.bench.parts, examples=tmp_path / "none"):
        await stage.put("stays", sample("stays", "two"))
        after = await stage.running("stays", 2)
        assert after.host != before.host
        assert len([name for name in await living_actors() if name.startswith("host:")]) <= 2
    assert (await stage.get("stays"))[0] == 200
