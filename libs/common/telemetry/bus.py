"""A bus that counts and traces what goes through it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from libs.common.bus import Bus, DeadLetter, Handler, Listener
from libs.common.events.envelope import Message
from libs.common.telemetry.metrics import HANDLE_SECONDS, HANDLED, PUBLISHED
from libs.common.telemetry.tracing import span, traceparent

OWN_SUBSCRIPTION = "own"
"""Stands for the queues of single processes, whose names are made up."""


class ObservedBus:
    """Any adapter of the port, with spans per hop and counters around it."""

    def __init__(self, inner: Bus) -> None:
        self._inner = inner

    async def publish(self, message: Message) -> None:
        key = message.routing_key
        try:
            with span(f"publish {key}", parent=message.traceparent, kind="producer", subject=message.subject):
                hop = traceparent()
                await self._inner.publish(message.model_copy(update={"traceparent": hop}) if hop else message)
        except Exception:
            PUBLISHED.labels(key, "failed").inc()
            raise
        PUBLISHED.labels(key, "confirmed").inc()

    def consume(self, queue: str, handler: Handler, *, slots: int) -> AbstractAsyncContextManager[None]:
        return self._inner.consume(queue, _observed(handler, queue), slots=slots)

    def subscribe(
        self,
        patterns: Sequence[str],
        handler: Handler,
        *,
        queue: str | None = None,
        ready: Listener | None = None,
    ) -> AbstractAsyncContextManager[None]:
        observed = _observed(handler, queue or OWN_SUBSCRIPTION)
        return self._inner.subscribe(patterns, observed, queue=queue, ready=ready)

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        return await self._inner.dead_letters(limit=limit)

    async def retry_dead_letter(self, dead_letter_id: str) -> None:
        await self._inner.retry_dead_letter(dead_letter_id)

    async def drop_dead_letter(self, dead_letter_id: str) -> None:
        await self._inner.drop_dead_letter(dead_letter_id)

    async def depth(self, queue: str) -> int:
        return await self._inner.depth(queue)

    async def check(self) -> None:
        await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()


def _observed(handler: Handler, queue: str) -> Handler:
    async def observed(message: Message) -> None:
        began = time.perf_counter()
        try:
            with span(
                f"handle {message.routing_key}", parent=message.traceparent, kind="consumer", queue=queue
            ):
                await handler(message)
        except Exception:
            HANDLED.labels(queue, "failed").inc()
            raise
        finally:
            HANDLE_SECONDS.labels(queue).observe(time.perf_counter() - began)
        HANDLED.labels(queue, "handled").inc()

    return observed
