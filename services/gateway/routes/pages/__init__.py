"""The addresses of pages; what they show is read here, how it looks stands in `services/gateway/pages`."""

from __future__ import annotations

from typing import Final

from services.gateway.routes.pages import (
    benchmark_upload,
    benchmarks,
    events,
    experiments,
    jobs,
    overview,
    rosters,
    sign_in,
    static,
)
from services.gateway.routing import Endpoint

ENDPOINTS: Final[list[Endpoint]] = [
    *static.ENDPOINTS,
    *sign_in.ENDPOINTS,
    *overview.ENDPOINTS,
    *jobs.ENDPOINTS,
    *experiments.ENDPOINTS,
    *events.ENDPOINTS,
    *benchmarks.ENDPOINTS,
    *rosters.ENDPOINTS,
    *benchmark_upload.ENDPOINTS,
]
