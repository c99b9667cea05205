"""Requests as the gateway makes them: by the record, held during a switch, once more where a host is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp

from libs.common.hosting import CACHE_SECONDS, TOKEN_HEADER, Hosting
from tests.integration.services.importer.hosting.stage import Stage

EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
"""Longer than the gateway holds a request, so that a busy machine makes no failures."""


@dataclass
class Caller:
    """Sends a request every 20 ms and counts what comes back."""

    stage: Stage
    slug: str
    path: str
    answers: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _record: Hosting | None = None
    _read_at: float = 0.0

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        calls: set[asyncio.Task[None]] = set()

        async def call_on() -> None:
            while not stop.is_set():
                calls.add(asyncio.create_task(self.call()))
                await asyncio.sleep(EVERY_SECONDS)

        calling = asyncio.create_task(call_on())
        try:
            yield
        finally:
            stop.set()
            await calling
            await asyncio.gather(*calls)

    async def call(self) -> None:
        began = time.monotonic()
        for is_last in (False, True):
            hosting = await self._hosting(fresh=is_last)
            if hosting.address is None or hosting.token is None:
                self.failures.append(f"503 {hosting.state}")
                return
            url = f"{hosting.address}/experiments/{self.slug}{self.path}"
            try:
                async with self.stage.session.get(url, headers={TOKEN_HEADER: hosting.token}) as answer:
                    text = await answer.text()
                    (self.answers if answer.status == 200 else self.failures).append(text)
                    break
            except aiohttp.ClientOSError as error:
                if is_last:
                    self.failures.append(repr(error))
        self.slowest = max(self.slowest, time.monotonic() - began)

    async def _hosting(self, *, fresh: bool) -> Hosting:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self._record is None or fresh or time.monotonic() - self._read_at > CACHE_SECONDS:
                self._record = await self.stage.hostings.get(self.slug)
                self._read_at = time.monotonic()
            assert self._record is not None
            if not self._record.is_held(datetime.now(UTC)) or time.monotonic() > deadline:
                return self._record
            await asyncio.sleep(CACHE_SECONDS)
