"""Commands in, outcomes out."""

from __future__ import annotations

from libs.common.errors import BadRequest
from libs.common.events.imports import ExperimentAction, ExperimentRequest, ImportRequest
from libs.common.jobs.run import Outcome, Run
from services.importer import admin
from services.importer.clone import clone
from services.importer.context import Importer
from services.importer.hosting import actions
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
            await actions.stop_for_deletion(command.slug, run, importer)
            return await admin.delete(command, run, importer)
        case ExperimentAction.START | ExperimentAction.STOP if not importer.parts.settings.host_experiments:
            raise BadRequest(f"This importer hosts no experiments, so it cannot {command.action} one.")
        case ExperimentAction.START:
            return await actions.start(command, run, importer)
        case ExperimentAction.STOP:
            return await actions.stop(command, run, importer)
        case ExperimentAction.CLONE:
            return await clone(command, run, importer)
