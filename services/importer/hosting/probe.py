"""Asks hosts over HTTP whether they live: only that notices a route that never returns."""

from __future__ import annotations

from typing import Final

import aiohttp
from pydantic import BaseModel, ValidationError

from libs.common.hosting import TOKEN_HEADER

LIVE_PATH: Final = "/-/live"
PROBE_SECONDS: Final = 1.0
"""A host answers in a millisecond; one that does not answer in this time runs a route that blocks it."""


class Activity(BaseModel):
    """What a host is at."""

    busy: int
    """Requests and connections under way."""
    idle_seconds: float
    """Since the last one ended."""


class Prober:
    """To be closed."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PROBE_SECONDS))

    async def probe(self, address: str, token: str) -> Activity | None:
        """None where the host does not answer as it should."""
        try:
            async with self._session.get(address + LIVE_PATH, headers={TOKEN_HEADER: token}) as answer:
                if answer.status != 200:  # noqa: PLR2004
                    return None
                return Activity.model_validate_json(await answer.read())
        except (aiohttp.ClientError, TimeoutError, ValidationError):
            return None

    async def close(self) -> None:
        await self._session.close()
