"""Who may give which command, for where it is not a route that decides: trying a job again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.common.events.imports import READING_ACTIONS, ExperimentAction
from services.gateway.auth.access import ADMIN, DEVELOPER, VIEWER, Access


def access_to(command: str, payload: Mapping[str, Any]) -> Access:
    """Closed by default: a command that is not named here is the administrator's."""
    match command:
        case "export.request" | "benchmark_dump.request":
            return VIEWER
        case "experiment.request" if payload.get("action") in READING_ACTIONS:
            return VIEWER
        case "import.request" | "benchmark_run.request":
            return DEVELOPER
        case "benchmark_import.request" if payload.get("clear") != "all":
            return DEVELOPER
        case "experiment.request" if payload.get("action") != ExperimentAction.DELETE:
            return DEVELOPER
        case _:
            return ADMIN
