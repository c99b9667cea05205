from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.resources.benchmark_runs import (
    DumpAnswer,
    DumpBody,
    RunAnswer,
    RunBody,
    RunPage,
    RunQuery,
    RunWithResults,
)

OPERATIONS: Final = {
    "POST /api/benchmark-runs": Operation(
        "Run algorithms on companies", RunAnswer, body=RunBody, is_job=True
    ),
    "GET /api/benchmark-runs": Operation("Runs, the newest first", RunPage, query=RunQuery),
    "GET /api/benchmark-runs/{run_id}": Operation("One run with its results", RunWithResults),
    "POST /api/benchmark-dumps": Operation(
        "Write published rosters as a dump", DumpAnswer, body=DumpBody, is_job=True
    ),
    "GET /api/benchmark-dumps/{job_id}/download": Operation("To the ZIP of a dump", None, status=303),
}
