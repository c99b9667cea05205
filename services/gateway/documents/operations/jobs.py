from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.documents.shared import JobDocument, JobDocumentPage
from services.gateway.resources.jobs import JobQuery

OPERATIONS: Final = {
    "GET /api/jobs": Operation("Jobs, the newest first", JobDocumentPage, query=JobQuery),
    "GET /api/jobs/{job_id}": Operation("One job", JobDocument),
    "DELETE /api/jobs/{job_id}": Operation("Cancel a job", JobDocument, may_take_time=True),
    "POST /api/jobs/{job_id}/retry": Operation(
        "Try a failed job again, as a new one", JobDocument, is_job=True
    ),
}
