"""What the shell offers for slugs: those of the platform, where it answers at once."""

from __future__ import annotations

import asyncio

from entrepot_client.client import Client
from entrepot_client.errors import EntrepotClientError

SECONDS = 2.0
"""Nobody waits longer for the Tab key."""


def slugs(incomplete: str) -> list[str]:
    """Nothing where the platform cannot be asked: a shell has no place for errors."""
    try:
        return asyncio.run(_slugs(incomplete))
    except (EntrepotClientError, TimeoutError):
        return []


async def _slugs(incomplete: str) -> list[str]:
    async with asyncio.timeout(SECONDS), Client.from_environment() as client:
        return [each.slug async for each in client.experiments.all() if each.slug.startswith(incomplete)]
