from __future__ import annotations

from typing import Final

from libs.common.overview import ExperimentOverview
from services.gateway.documents.operation import Operation
from services.gateway.resources.experiments import (
    EstimateAnswer,
    EstimateQuery,
    ExperimentPage,
    ExperimentQuery,
)
from services.gateway.resources.experiments_actions import ChangeAnswer, CloneBody, DeleteQuery, RollbackBody
from services.gateway.resources.experiments_versions import (
    DiffAnswer,
    DiffQuery,
    VersionDownload,
    VersionPage,
    VersionQuery,
)
from services.gateway.resources.exports import DownloadQuery

ONE: Final = "/api/experiments/{slug}"

OPERATIONS: Final = {
    "GET /api/experiments": Operation(
        "The registered experiments, by slug", ExperimentPage, query=ExperimentQuery
    ),
    f"GET {ONE}": Operation("One experiment", ExperimentOverview),
    f"GET {ONE}/estimate": Operation(
        "How large an export would be", EstimateAnswer, query=EstimateQuery, is_job=True
    ),
    f"DELETE {ONE}": Operation("Delete an experiment", ChangeAnswer, query=DeleteQuery, is_job=True),
    f"POST {ONE}/start": Operation("Serve the registered version", ChangeAnswer, is_job=True),
    f"POST {ONE}/stop": Operation("Serve it no longer", ChangeAnswer, is_job=True),
    f"POST {ONE}/clone": Operation(
        "Copy the files to another slug", ChangeAnswer, body=CloneBody, is_job=True
    ),
    f"POST {ONE}/rollback": Operation(
        "Go back to an earlier version", ChangeAnswer, body=RollbackBody, is_job=True
    ),
    f"POST {ONE}/sync": Operation("Register an edited working copy", ChangeAnswer, is_job=True),
    f"GET {ONE}/versions": Operation(
        "The versions of an experiment, the newest first", VersionPage, query=VersionQuery
    ),
    f"GET {ONE}/versions/{{revision}}/download": Operation(
        "A version as a ZIP", VersionDownload, query=DownloadQuery, is_job=True, is_download=True
    ),
    f"GET {ONE}/diff": Operation(
        "What differs between two versions", DiffAnswer, query=DiffQuery, is_job=True
    ),
}
