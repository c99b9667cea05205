"""The port for computing rosters. Adapters: processes of this machine, and a Ray cluster.

Where `RAY_ADDRESS` is unset, a roster is computed in a process of its own on this machine: it starts in milliseconds,
dies at once when its task is cancelled, and a laptop needs no Ray for it, whose first start costs 5 s and 400 MB.
Where it is set, tasks go to that cluster, so that replicas and machines share a run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from services.benchmarks.compute.work import Solved, Work

Tell = Callable[[float, float], None]
"""Part of the work that is done, and the best objective so far."""


def ignore(_done: float, _objective: float) -> None:
    """For callers that show no progress."""


class Compute(Protocol):
    """Solves rosters beside the event loop."""

    async def solve(self, work: Work, tell: Tell = ignore) -> Solved:
        """Cancelling this ends the computation. Raises: AlgorithmFailed, InvalidInput, NotFound, Unavailable."""
        ...

    async def close(self) -> None: ...
