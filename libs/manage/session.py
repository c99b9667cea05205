"""The parts for one command's time: joins a running Entrepot, or starts the embedded parts for the command alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from libs.common.home import Role, enter_home
from libs.common.limits import Limits
from libs.common.logs import configure_logs
from libs.common.parts import Parts, open_parts
from libs.common.settings import Settings

T = TypeVar("T")


def with_parts(work: Callable[[Parts], Awaitable[T]]) -> T:
    """Run a command's work. Raises: Unavailable, HomeBusy, and what the work raises."""
    settings = Settings(log_level="warning")
    configure_logs(settings, service="manage")

    async def run() -> T:
        async with (
            enter_home(settings, Role.COMMAND),
            open_parts(settings, Limits(), service="manage") as parts,
        ):
            return await work(parts)

    return asyncio.run(run())
