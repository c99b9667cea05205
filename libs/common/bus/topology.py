"""Exchanges and queues, declared by both adapters and equal to the broker definitions in `deploy/`."""

from __future__ import annotations

from typing import Final

COMMANDS_EXCHANGE: Final = "entrepot.commands"
EVENTS_EXCHANGE: Final = "entrepot.events"
DEAD_LETTER_EXCHANGE: Final = "entrepot.dead"

SERVICE_OF_COMMAND: Final = {
    "export.request": "exporter",
    "import.request": "importer",
    "experiment.request": "importer",
    "benchmark_run.request": "benchmarks",
    "benchmark_task.request": "benchmarks",
    "benchmark_dump.request": "benchmarks",
    "benchmark_import.request": "benchmarks",
}
"""Each command has one handler, and so one queue."""

SUBSCRIPTIONS: Final = "subscriptions"
"""Durable subscriptions have names of their users' choice, so their dead letters share `subscriptions.dead`."""


def queue_of(command: str) -> str:
    """`exporter.export.request` for `export.request`."""
    return f"{SERVICE_OF_COMMAND[command]}.{command}"


def dead_queue_of(queue: str) -> str:
    return f"{queue}.dead"


QUEUES: Final = {queue_of(command): command for command in SERVICE_OF_COMMAND}
"""Queue name to the routing key that is bound to it."""

DEAD_QUEUES: Final = {dead_queue_of(name): name for name in [*QUEUES, SUBSCRIPTIONS]}
"""Dead-letter queue to the routing key that is bound to it."""
