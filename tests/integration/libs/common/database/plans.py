"""What commands a piece of code sends to the database, and how the database goes about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from libs.common.database.client import Database

SEARCHING: Final = {"find", "aggregate", "count", "distinct", "findAndModify", "update", "delete"}
"""Commands that look for documents."""
OF_THE_SESSION: Final = {"lsid", "txnNumber", "writeConcern", "readConcern", "maxTimeMS"}
"""What explain has no use for; besides, whatever begins with a dollar."""


class Sent(CommandListener):
    """Keeps the commands that search."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in SEARCHING:
            kept = {
                name: value
                for name, value in event.command.items()
                if name not in OF_THE_SESSION and not name.startswith("$")
            }
            self.commands.append(kept)

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


async def stages_of(database: Database, command: Mapping[str, Any]) -> set[str]:
    """Names of all stages of the plan that wins, such as IXSCAN and FETCH."""
    explained = await database.command("explain", dict(command), verbosity="queryPlanner")
    return set(_stages(explained))


def _stages(explained: Any) -> Iterator[str]:
    if isinstance(explained, Mapping):
        if isinstance(stage := explained.get("stage"), str):
            yield stage
        for name, part in explained.items():
            if name != "rejectedPlans":
                yield from _stages(part)
    elif isinstance(explained, list):
        for part in explained:
            yield from _stages(part)
