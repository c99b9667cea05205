"""What a command works with: joins a running Entrepot, or starts the embedded parts for the command's time alone.

Most commands need the database only. What the services have beside it, such as the bus, they do not even load: that
takes longer than their work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from libs.common.database.client import Database
from libs.common.database.opening import open_database
from libs.common.home import Role, enter_home
from libs.common.limits import Limits
from libs.common.logs import configure_logs
from libs.common.settings import Settings
from libs.common.telemetry.tracing import tracing
from libs.manage.deeds import Deed, noted

if TYPE_CHECKING:
    from libs.common.parts import Parts

T = TypeVar("T")


def with_database(work: Callable[[Database], Awaitable[T]], *, deed: Deed | None = None) -> T:
    """Run work on documents; a deed is noted. Raises: Unavailable, HomeBusy, and what the work raises."""
    settings = _settings()

    async def run() -> T:
        async with (
            enter_home(settings, Role.COMMAND),
            open_database(settings) as database,
            noted(database, deed),
        ):
            return await work(database)

    with tracing("manage"):
        return asyncio.run(run())


def with_parts(work: Callable[[Parts], Awaitable[T]], *, deed: Deed | None = None) -> T:
    """Run work that needs bus or storage, too. Raises: as `with_database`."""
    from libs.common.parts import open_parts  # noqa: PLC0415  (see above)

    settings = _settings()

    async def run() -> T:
        async with (
            enter_home(settings, Role.COMMAND),
            open_parts(settings, Limits(), service="manage") as parts,
            noted(parts.database, deed),
        ):
            return await work(parts)

    return asyncio.run(run())


def _settings() -> Settings:
    settings = Settings(log_level="warning")
    configure_logs(settings, service="manage")
    return settings
