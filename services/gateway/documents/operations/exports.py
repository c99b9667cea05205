from __future__ import annotations

from typing import Final

from libs.common.events.exports import ExportKind
from services.gateway.documents.operation import Operation
from services.gateway.resources.exports import (
    DownloadQuery,
    ExportAnswer,
    ExportPage,
    ExportQuery,
    ExportResource,
)

OPERATIONS: Final = {
    **{
        f"GET /api/package-{kind}/{{slug}}": Operation(
            f"Export an experiment ({kind})",
            ExportAnswer,
            query=DownloadQuery,
            is_job=True,
            is_download=True,
        )
        for kind in ExportKind
    },
    "GET /api/exports": Operation(
        "The exports that were made, the newest first", ExportPage, query=ExportQuery
    ),
    "GET /api/exports/{export_id}": Operation("One export", ExportResource),
    "GET /api/exports/{export_id}/download": Operation("To the ZIP of an export", None, status=303),
}
