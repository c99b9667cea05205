"""What the documents say of each route, in modules of the routes' names."""

from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.documents.operations import (
    audit,
    benchmark_runs,
    benchmark_uploads,
    benchmarks,
    documents,
    events,
    experiments,
    exports,
    imports,
    jobs,
    signatures,
    webhooks,
)

OPERATIONS: Final[dict[str, Operation]] = {
    **exports.OPERATIONS,
    **signatures.OPERATIONS,
    **imports.OPERATIONS,
    **experiments.OPERATIONS,
    **jobs.OPERATIONS,
    **events.OPERATIONS,
    **webhooks.OPERATIONS,
    **benchmarks.OPERATIONS,
    **benchmark_runs.OPERATIONS,
    **benchmark_uploads.OPERATIONS,
    **audit.OPERATIONS,
    **documents.OPERATIONS,
}
