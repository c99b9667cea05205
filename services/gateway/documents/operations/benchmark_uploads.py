from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.resources.benchmark_uploads import DumpFields, UploadAnswer, UploadStatus

OPERATIONS: Final = {
    "POST /api/upload-benchmark-results": Operation(
        "Upload a dump, to import it or to plan that", UploadAnswer, form=DumpFields, is_job=True
    ),
    "GET /api/upload-status": Operation("What is taken here, and how", UploadStatus),
}
