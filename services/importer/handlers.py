"""Commands in, outcomes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from libs.common.errors import BadRequest
from libs.common.events.imports import ExperimentAction, ExperimentRequest, ImportRequest
from libs.common.jobs.run import Outcome, Run
from services.importer import admin
from services.importer.clone import clone
from services.importer.context import Importer
from services.importer.data.restore import restore_data
from services.importer.hosting import actions
from services.importer.importing import import_upload
from services.importer.versions.compare import compare
from services.importer.versions.pack import pack

Action = Callable[[ExperimentRequest, Run, Importer], Awaitable[Outcome]]


async def handle_import(command: ImportRequest, run: Run, importer: Importer) -> Outcome:
    """`import.request`: ends in `import.completed`, and `experiment.registered` if a version became current."""
    return await import_upload(command, run, importer)


async def handle_experiment(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """`experiment.request`: one action on one experiment. Raises: BadRequest."""
    if command.action in OF_HOSTING and not importer.parts.settings.host_experiments:
        raise BadRequest(f"This importer hosts no experiments, so it cannot {command.action} one.")
    return await ACTIONS[command.action](command, run, importer)


async def _delete(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    await actions.stop_for_deletion(command.slug, run, importer)
    return await admin.delete(command, run, importer)


OF_HOSTING: Final = frozenset({ExperimentAction.START, ExperimentAction.STOP})
ACTIONS: Final[Mapping[ExperimentAction, Action]] = {
    ExperimentAction.START: actions.start,
    ExperimentAction.STOP: actions.stop,
    ExperimentAction.CLONE: clone,
    ExperimentAction.ROLLBACK: admin.roll_back,
    ExperimentAction.DELETE: _delete,
    ExperimentAction.SYNC: admin.sync,
    ExperimentAction.COMPARE: compare,
    ExperimentAction.PACK: pack,
    ExperimentAction.RESTORE_DATA: restore_data,
}
