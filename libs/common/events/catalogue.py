"""All commands and events there are, by routing key: what documents are generated from and tests are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libs.common.events import examples, jobs
from libs.common.events.envelope import SCHEMA_VERSION, TYPE_PREFIX
from libs.common.events.jobs import Payload


@dataclass(frozen=True)
class MessageType:
    """One routing key: its payload, of which `example` is one, and what it says."""

    routing_key: str
    payloads: tuple[type[Payload], ...]
    summary: str
    example: Payload

    @property
    def type(self) -> str:
        """CloudEvents' attribute `type`."""
        return TYPE_PREFIX + self.routing_key

    @property
    def schema_path(self) -> str:
        """Where the payload's JSON Schema stands for good; a breaking change gets a new type (docs/events.md)."""
        return f"/schemas/{SCHEMA_VERSION}/{self.routing_key}.json"


def _of(routing_key: str, summary: str, example: Payload, *further: type[Payload]) -> MessageType:
    return MessageType(routing_key, (type(example), *further), summary, example)


def _of_job(noun: str, what: str) -> list[MessageType]:
    """What every kind of job tells beside its good end."""
    return [
        _of(f"{noun}.started", f"A worker has begun with {what}.", examples.STARTED),
        _of(f"{noun}.progressed", f"How far {what} is; may be lost.", examples.PROGRESSED),
        _of(f"{noun}.failed", f"{what.capitalize()} has ended without a result.", examples.FAILED),
        _of(f"{noun}.cancelled", f"{what.capitalize()} was ended on request.", examples.CANCELLED),
    ]


_COMMANDS: Final = [
    _of("export.request", "Export an experiment, or estimate its size.", examples.EXPORT_REQUEST),
    _of("import.request", "Import an uploaded experiment, or plan it.", examples.IMPORT_REQUEST),
    _of("experiment.request", "Administer one experiment.", examples.EXPERIMENT_REQUEST),
    _of("benchmark_run.request", "Run algorithms on companies.", examples.BENCHMARK_RUN_REQUEST),
    _of("benchmark_dump.request", "Write published rosters as a dump.", examples.BENCHMARK_DUMP_REQUEST),
    _of(
        "benchmark_import.request", "Import an uploaded dump, or plan it.", examples.BENCHMARK_IMPORT_REQUEST
    ),
]

_EVENTS: Final = [
    *_of_job("export", "an export"),
    _of("export.completed", "An export's ZIP is stored.", examples.EXPORT_COMPLETED),
    *_of_job("import", "an import"),
    _of("import.completed", "An import, or its plan, is done.", examples.IMPORT_COMPLETED),
    _of("experiment.registered", "A version is now the current one.", examples.REGISTERED),
    _of("experiment.progressed", "How far an action is; may be lost.", examples.PROGRESSED),
    _of("experiment.started", "A version serves now.", examples.EXPERIMENT_STARTED),
    _of("experiment.stopped", "An experiment is served no longer.", examples.EXPERIMENT_STOPPED),
    _of("experiment.failed", "A version did not start, or did not go on.", examples.EXPERIMENT_FAILED),
    _of("experiment.cloned", "The files were copied to another slug.", examples.CHANGED),
    _of("experiment.deleted", "An experiment is no longer registered.", examples.CHANGED),
    _of("experiment.rolled_back", "An earlier version is the current one again.", examples.CHANGED),
    _of("experiment.data_restored", "Data that an import replaced are back.", examples.CHANGED),
    _of("experiment.synced", "An edited working copy was registered.", examples.CHANGED),
    _of("experiment.compared", "Two versions were compared.", examples.COMPARED),
    _of("experiment.packed", "A version was packed as a ZIP.", examples.PACKED),
    _of(
        "experiment.request_failed",
        "An action has failed, or was cancelled.",
        examples.FAILED,
        jobs.JobCancelled,
    ),
    *_of_job("benchmark_run", "a benchmark run"),
    _of("benchmark_run.completed", "All tasks of a run have ended.", examples.BENCHMARK_RUN_COMPLETED),
    *_of_job("benchmark_task", "a task of a run"),
    _of("benchmark_task.completed", "A roster was computed.", examples.BENCHMARK_TASK_COMPLETED),
    *_of_job("benchmark_dump", "a dump"),
    _of("benchmark_dump.completed", "A dump's ZIP is stored.", examples.BENCHMARK_DUMP_COMPLETED),
    *_of_job("benchmark_import", "an import of a dump"),
    _of(
        "benchmark_import.completed", "An import, or its plan, is done.", examples.BENCHMARK_IMPORT_COMPLETED
    ),
]

COMMANDS: Final = {each.routing_key: each for each in _COMMANDS}
"""What other systems may ask for; `benchmark_task.request` is a run's own affair."""
EVENTS: Final = {each.routing_key: each for each in _EVENTS}
