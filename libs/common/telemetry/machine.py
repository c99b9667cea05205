"""What this machine has left, and what time it thinks it is; read at each scrape."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from libs.common.database.client import Database
from libs.common.settings import Settings
from libs.common.telemetry.metrics import CLOCK_SKEW, DISK_FREE


def read_disks(settings: Settings) -> None:
    """Where versions and embedded parts lie, and where exports and imports are built."""
    for name, folder in {"home": settings.home, "temporary": Path(tempfile.gettempdir())}.items():
        present = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        DISK_FREE.labels(name).set(shutil.disk_usage(present).free)


async def read_clock(database: Database) -> None:
    """Half of the question's own time counts as its way there. Raises: PyMongoError."""
    asked = datetime.now(UTC)
    theirs = (await database.command("hello"))["localTime"].replace(tzinfo=UTC)
    answered = datetime.now(UTC)
    CLOCK_SKEW.set((theirs - asked - (answered - asked) / 2).total_seconds())
