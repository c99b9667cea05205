"""Runs one service process: parts, health, signals, drain. The same for all four."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog
import uvloop

from libs.common.errors import EntrepotError
from libs.common.health import serve_health
from libs.common.home import Role, enter_home
from libs.common.limits import Limits
from libs.common.logs import configure_logs
from libs.common.parts import Parts, open_parts
from libs.common.priority import give_way
from libs.common.settings import Settings

Application = Callable[[Parts], AbstractAsyncContextManager[object]]
"""A service at work while entered; leaving drains it."""

READY = "ready"
"""The word on standard output that tells a supervisor that the service takes work."""

log = structlog.get_logger(__name__)


async def run(service: str, application: Application, settings: Settings, limits: Limits) -> None:
    """Work until SIGTERM or SIGINT, then drain. Raises what keeps the service from starting."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        enter_home(settings, Role.SERVE),
        open_parts(settings, limits, service=service) as parts,
        application(parts),
        serve_health(parts),
    ):
        # What was loaded until now stays; to look through it for garbage stops the loop for 70 ms each time.
        gc.collect()
        gc.freeze()
        log.info("ready")
        print(READY, flush=True)  # noqa: T201  (for the supervisor)
        await stop.wait()
        log.info("draining")


def main(service: str, application: Application) -> None:
    """Entry of `python -m services.<service>`; exits with 1 and one clear line if the service cannot start."""
    settings, limits = Settings(), Limits()
    configure_logs(settings, service=service)
    give_way(settings.niceness)
    try:
        uvloop.run(run(service, application, settings, limits))
    except EntrepotError as error:
        log.error("cannot start", reason=error.detail)  # noqa: TRY400  (the reason is the message)
        sys.exit(1)
