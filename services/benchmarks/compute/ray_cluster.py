"""Computes on the Ray cluster at `RAY_ADDRESS`."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import ray
from ray.exceptions import RayError

from libs.common.errors import Unavailable
from libs.common.threads import in_thread
from services.benchmarks.compute import Tell, ignore
from services.benchmarks.compute.messages import Advanced, Message, last_message, outcome
from services.benchmarks.compute.work import Solved, Work

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("libs", "services")
"""Our code travels with the job; the nodes' image brings its dependencies."""


class ClusterUnavailable(Unavailable):
    """The Ray cluster cannot be used just now."""

    code = "cluster-unavailable"


class RayCompute:
    """One Ray task per piece of work, on one CPU each; it streams what happens."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    async def solve(self, work: Work, tell: Tell = ignore) -> Solved:
        stream = self._remote.remote(work)
        try:
            solved = await outcome(_messages(stream), tell)
        except RayError as error:
            raise ClusterUnavailable(f"{type(error).__name__}: {error}") from error
        except BaseException:
            # A worker that is asked politely would first finish its roster.
            ray.cancel(stream, force=True)
            raise
        if solved is None:
            raise ClusterUnavailable("A Ray task ended without a roster.")
        return solved

    async def close(self) -> None:
        await in_thread(ray.shutdown)


async def open_ray_compute(address: str) -> RayCompute:
    """Raises: ClusterUnavailable."""
    try:
        await in_thread(_connect, address)
    except (RayError, ConnectionError, RuntimeError) as error:
        raise ClusterUnavailable(f"No Ray cluster answers at {address}: {error}") from error
    return RayCompute(ray.remote(num_cpus=1, max_retries=0, num_returns="streaming")(_solve))


def _connect(address: str) -> None:
    ray.init(
        address=address,
        namespace="entrepot-benchmarks",
        runtime_env={"py_modules": [str(ROOT / package) for package in PACKAGES]},
        log_to_driver=False,
    )


async def _messages(stream: Any) -> AsyncIterator[Message]:
    async for reference in stream:
        yield await reference


def _solve(work: Work) -> Iterator[Message]:
    """Runs on a node. The algorithm calls back where Ray wants a generator, so it has a thread of its own."""
    messages: SimpleQueue[Message] = SimpleQueue()
    threading.Thread(target=lambda: messages.put(last_message(work, messages.put)), daemon=True).start()
    while isinstance(message := messages.get(), Advanced):
        yield message
    yield message
