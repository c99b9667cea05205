"""Chooses where rosters are computed."""

from __future__ import annotations

from libs.common.settings import Settings
from services.benchmarks.compute import Compute
from services.benchmarks.compute.processes import ProcessCompute


async def open_compute(settings: Settings) -> Compute:
    """To be closed by the caller. Raises: ClusterUnavailable."""
    if settings.ray_address is None:
        return ProcessCompute()
    from services.benchmarks.compute.ray_cluster import open_ray_compute  # noqa: PLC0415  (2 s, where it is used)

    return await open_ray_compute(settings.ray_address)
