"""One supervised process per service, as `manage.py up` runs them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from libs.common.errors import Unavailable
from libs.common.service import READY
from libs.common.tether import tethered

START_SECONDS = 60.0
"""A service is ready in about a second; a cold disk may take many times that."""
STOP_SECONDS = 35.0
"""More than a service's own grace for draining, then it is killed."""
RESTART_SECONDS = (0.2, 10.0)
"""First and longest pause before a crashed service is started again; the pause doubles each time."""
STEADY_SECONDS = 60.0
"""A service that ran so long has recovered: the next pause is the first again."""

log = structlog.get_logger(__name__)


class Supervised:
    """A service's process, started again when it ends by itself."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self.restarts = 0
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Keep the service up until cancelled; then stop it. Raises: Unavailable if it never gets ready."""
        pause = RESTART_SECONDS[0]
        try:
            while True:
                began = asyncio.get_running_loop().time()
                code = await self._run_once()
                if not self.ready.is_set():
                    raise Unavailable(
                        f"The service {self.name} could not start (exit status {code}); see above."
                    )
                if asyncio.get_running_loop().time() - began > STEADY_SECONDS:
                    pause = RESTART_SECONDS[0]
                log.warning(
                    "a service ended by itself; starting it again", ended=self.name, code=code, pause=pause
                )
                self.restarts += 1
                await asyncio.sleep(pause)
                pause = min(pause * 2, RESTART_SECONDS[1])
        finally:
            await self._stop()

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-m", f"services.{self.name}"]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self._environment},
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then drains in order
        )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.decode(errors="replace").strip() == READY:
                self.ready.set()
        return await self._process.wait()

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("a service did not drain in time and is killed", killed=self.name)
            process.kill()
            await process.wait()


async def wait_until_ready(services: list[Supervised], running: list[asyncio.Task[None]]) -> None:
    """Return when all are ready. Raises: what ended one of them, or Unavailable after the deadline."""
    waiting: asyncio.Future[Any] = asyncio.gather(*(service.ready.wait() for service in services))
    watched: set[asyncio.Future[Any]] = {waiting, *running}
    await asyncio.wait(watched, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        if task.done():
            waiting.cancel()
            task.result()
    if not waiting.done():
        waiting.cancel()
        late = ", ".join(service.name for service in services if not service.ready.is_set())
        raise Unavailable(f"Not ready after {START_SECONDS:.0f} s: {late}.")
