"""Computes on the Ray cluster at `RAY_ADDRESS`. Progress is not told from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from libs.common.errors import EntrepotError, Unavailable
from libs.common.threads import in_thread
from services.benchmarks.compute import Tell, ignore
from services.benchmarks.compute.work import AlgorithmFailed, Solved, Work, solve

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("libs", "services")
"""Our code travels with the job; the nodes' image brings its dependencies."""


class ClusterUnavailable(Unavailable):
    """The Ray cluster cannot be used just now."""

    code = "cluster-unavailable"


class RayCompute:
    """One Ray task per piece of work, on one CPU each."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    async def solve(self, work: Work, tell: Tell = ignore) -> Solved:
        reference = self._remote.remote(work)
        try:
            solved: Solved = await reference
        except RayTaskError as error:
            cause = error.cause
            if isinstance(cause, EntrepotError):
                raise cause from None
            raise AlgorithmFailed(f"{work.algorithm}: {cause}") from error
        except RayError as error:
            raise ClusterUnavailable(f"{type(error).__name__}: {error}") from error
        except BaseException:
            ray.cancel(reference, force=True)
            raise
        await tell(1.0, solved.kpis.objective or 0.0)
        return solved

    async def close(self) -> None:
        await in_thread(ray.shutdown)


async def open_ray_compute(address: str) -> RayCompute:
    """Raises: ClusterUnavailable."""
    try:
        await in_thread(_connect, address)
    except (RayError, ConnectionError, RuntimeError) as error:
        raise ClusterUnavailable(f"No Ray cluster answers at {address}: {error}") from error
    return RayCompute(ray.remote(num_cpus=1, max_retries=0)(_solve))


def _connect(address: str) -> None:
    ray.init(
        address=address,
        namespace="entrepot-benchmarks",
        runtime_env={"py_modules": [str(ROOT / package) for package in PACKAGES]},
        log_to_driver=False,
    )


def _solve(work: Work) -> Solved:
    return solve(work, lambda _done, _objective: None, lambda: False)
