"""Commands in, outcomes out."""

from __future__ import annotations

from libs.common.errors import BadRequest
from libs.common.events.imports import ExperimentAction, ExperimentRequest, ImportRequest
from libs.common.jobs.run import Outcome, Run
from services.importer import admin
from services.importer.context import Importer
from services.importer.importing import import_upload


async def handle_import(command: ImportRequest, run: Run, importer: Importer) -> Outcome:
    """`import.request`: ends in `import.completed`, and `experiment.registered` if a version became current."""
    return await import_upload(command, run, importer)


async def handle_experiment(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """`experiment.request`: one action on one registered experiment. Raises: BadRequest."""
    match command.action:
        case ExperimentAction.ROLLBACK:
            return await admin.roll_back(command, run, importer)
        case ExperimentAction.SYNC:
            return await admin.sync(command, run, importer)
        case ExperimentAction.DELETE:
            return await admin.delete(command, run, importer)
        case _:
            raise BadRequest(f"This importer hosts no experiments, so it cannot {command.action} one.")
