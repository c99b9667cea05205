"""Applies rules: once, or now and then by one of a service's replicas."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from libs.common.leadership import Leadership
from libs.common.parts import Parts
from libs.common.retention import Rule

SWEEP_SECONDS: Final = 3600.0
"""What waits for a sweep harms nobody meanwhile; a sweep lists all objects, a request per thousand."""
ROUND_SECONDS: Final = 60.0
"""How soon another replica notices that the one that sweeps has died."""
LEASE_SECONDS: Final = 4 * ROUND_SECONDS

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one rule did. `error` says why it did not end; what it had removed by then is gone."""

    kind: str
    removed: int
    error: str | None = None


async def sweep(rules: Sequence[Rule]) -> list[Swept]:
    """Apply each rule; one that fails keeps none of the others from its work."""
    return [await _apply(rule) for rule in rules]


async def _apply(rule: Rule) -> Swept:
    removed = 0
    try:
        async for doomed in rule.find():
            removed += await rule.remove(doomed)
    except Exception as error:  # whatever it was, the next sweep comes
        log.warning("a sweep failed", kind=rule.kind, exc_info=True)
        return Swept(rule.kind, removed, type(error).__name__)
    if removed:
        log.info("swept", kind=rule.kind, count=removed)
    return Swept(rule.kind, removed)


@asynccontextmanager
async def keeping(
    parts: Parts, service: str, rules: Sequence[Rule], *, seconds: float = SWEEP_SECONDS
) -> AsyncIterator[None]:
    """While entered, apply the rules of a service every so often, in one of its replicas."""
    leadership = Leadership(parts.database, f"{service}-retention", seconds=LEASE_SECONDS)
    task = asyncio.create_task(_for_ever(leadership, rules, seconds), name="retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _for_ever(leadership: Leadership, rules: Sequence[Rule], seconds: float) -> None:
    swept_at = -seconds
    while True:
        try:
            if await leadership.hold() and time.monotonic() - swept_at >= seconds:
                swept_at = time.monotonic()
                await sweep(rules)
        except Exception:  # the database is away; the next round comes
            log.warning("nothing is swept just now", exc_info=True)
        await asyncio.sleep(min(ROUND_SECONDS, seconds))
