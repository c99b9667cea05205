from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
from services.gateway.resources.experiments_actions import ChangeAnswer
from services.gateway.resources.imports import ImportAnswer, ImportFields, RestoreDataBody

OPERATIONS: Final = {
    **{
        f"POST {path}": Operation(
            "Upload an experiment, to import it or to plan that",
            ImportAnswer,
            form=ImportFields,
            is_job=True,
        )
        for path in ("/admin/api/upload-experiment", "/api/upload-experiment")
    },
    "POST /api/experiments/{slug}/restore-data": Operation(
        "Put back the data that an import replaced", ChangeAnswer, body=RestoreDataBody, is_job=True
    ),
}
