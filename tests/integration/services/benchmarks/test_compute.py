"""Both places to compute: the same answers, errors that keep their kind, and an end when cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest

from libs.common.errors import InvalidInput, NotFound
from services.benchmarks.compute import Compute
from services.benchmarks.compute.processes import ProcessCompute
from services.benchmarks.compute.work import AlgorithmFailed, Work
from services.benchmarks.problem.workplace import Workplace
from tests.integration.services.benchmarks.desk import DEADLINE, tiny, until
from tests.servers.ray import RayCluster, ray_cluster

ENDLESS = 10**9
CPUS = 2
"""Of the test's cluster."""

pytestmark = pytest.mark.timeout(400)


def work(
    workplace: Workplace | None = None, *, algorithm: str = "SimulatedAnnealing", budget: int = 3
) -> Work:
    return Work(workplace or tiny(), 2025, "reference", algorithm, seed=1, budget=budget, time_limit=600.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with ray_cluster() as cluster:
        yield cluster


@pytest.fixture(
    params=["processes", pytest.param("ray", marks=[pytest.mark.ray, pytest.mark.filterwarnings("ignore")])]
)
async def compute(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Compute]:
    made: Compute = ProcessCompute()
    if request.param == "ray":
        joins = request.getfixturevalue("cluster").environment
        for name, value in joins.items():
            monkeypatch.setenv(name, value)
        from services.benchmarks.compute.ray_cluster import open_ray_compute  # reads the token's settings

        made = await open_ray_compute(joins["RAY_ADDRESS"])
    yield made
    await made.close()


async def test_the_same_seed_gives_the_same_roster_and_errors_keep_their_kind(compute: Compute) -> None:
    first, second = await asyncio.gather(compute.solve(work()), compute.solve(work()))
    assert (first.roster == second.roster).all()
    assert first.kpis.violations.double_shifts == 0
    assert first.kpis == second.kpis
    with pytest.raises(InvalidInput, match="cannot be rostered") as refused:
        await compute.solve(work(tiny(people=[])))
    assert refused.value.problems
    with pytest.raises(NotFound, match="Quantum"):
        await compute.solve(work(algorithm="Quantum"))


async def test_progress_is_told_and_cancelling_ends_the_work(compute: Compute) -> None:
    told = asyncio.Event()

    def tell(done: float, _objective: float) -> None:
        assert 0 <= done <= 1
        told.set()

    task = asyncio.create_task(compute.solve(work(budget=ENDLESS), tell))
    async with asyncio.timeout(DEADLINE):
        await told.wait()
    assert not await nobody_works(compute)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: nobody_works(compute), what="the work has ended")


async def test_a_process_that_is_killed_is_a_failure() -> None:
    told = asyncio.Event()

    def tell(_done: float, _objective: float) -> None:
        told.set()

    task = asyncio.create_task(ProcessCompute().solve(work(budget=ENDLESS), tell))
    async with asyncio.timeout(DEADLINE):
        await told.wait()
    for process in solvers():
        process.kill()
    with pytest.raises(AlgorithmFailed, match="ended with -9"):
        await task


def solvers() -> list[psutil.Process]:
    """Children of the server from which solvers fork."""
    servers = [child for child in psutil.Process().children() if "forkserver" in command(child)]
    return [child for server in servers for child in server.children() if child.is_running()]


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


async def nobody_works(compute: Compute) -> bool:
    if isinstance(compute, ProcessCompute):
        return solvers() == []
    import ray

    free: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    return free.get("CPU") == CPUS
