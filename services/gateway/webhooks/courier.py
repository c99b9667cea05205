"""Brings events to webhooks: each in the log's order, several webhooks at a time, several gateways together.

A webhook is a position in the event log. A courier claims one that has something to hear of, sends what matches, and
moves the position on. After a failure the webhook waits, longer each time, and with it the events that come later, so
that their order is kept; the other webhooks do not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from libs.common.parts import Parts
from services.gateway.events.feed import Feed
from services.gateway.webhooks.deliveries import Deliveries
from services.gateway.webhooks.model import Webhook
from services.gateway.webhooks.round import Round
from services.gateway.webhooks.sender import ATTEMPT_SECONDS, Sender, open_sender
from services.gateway.webhooks.store import Webhooks

SLOTS: Final = 16
"""Webhooks that one gateway works on at the same time; a dead one holds a slot for 15 s at a time."""
CLAIM_SECONDS: Final = 2.0
"""What a claim takes at most, save where the database is away."""
LOOK_SECONDS: Final = 2.0
"""Pause between two looks for postponed webhooks, where nothing new came."""

log = structlog.get_logger(__name__)


class Courier:
    def __init__(self, webhooks: Webhooks, deliveries: Deliveries, feed: Feed, sender: Sender) -> None:
        self.webhooks = webhooks
        self.deliveries = deliveries
        self.sender = sender
        self._feed = feed
        self._slots = asyncio.Semaphore(SLOTS)
        self._rounds: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Leaving lets the attempts under way end, after the feed has closed."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            # Not cancelled at once: a claim under way would be lost until it runs out.
            await asyncio.wait({task}, timeout=CLAIM_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if self._rounds:
                await asyncio.wait(self._rounds, timeout=ATTEMPT_SECONDS)
            for each in self._rounds:
                each.cancel()
            await asyncio.gather(*self._rounds, return_exceptions=True)

    async def _run(self) -> None:
        while not self._feed.closed:
            await self._slots.acquire()
            seen = self._feed.head
            webhook = await self._claim(seen)
            if webhook is None:
                self._slots.release()
                await self._feed.wait_beyond(seen, seconds=LOOK_SECONDS)
            else:
                task = asyncio.create_task(self._deliver(webhook))
                self._rounds.add(task)
                task.add_done_callback(self._rounds.discard)

    async def _claim(self, head: int) -> Webhook | None:
        try:
            return await self.webhooks.claim(head)
        except PyMongoError as error:
            log.warning("no webhook can be claimed just now", reason=type(error).__name__)
            return None

    async def _deliver(self, webhook: Webhook) -> None:
        try:
            await Round(
                webhook,
                webhooks=self.webhooks,
                deliveries=self.deliveries,
                feed=self._feed,
                sender=self.sender,
            ).run()
        except PyMongoError as error:  # the claim runs out, and another round begins
            log.warning("a webhook is left alone for now", webhook=webhook.id, reason=type(error).__name__)
        except Exception:
            log.exception("a round of deliveries failed", webhook=webhook.id)
        finally:
            self._slots.release()


@asynccontextmanager
async def open_courier(parts: Parts, feed: Feed) -> AsyncIterator[Courier]:
    """At work while entered."""
    async with open_sender(private_allowed=parts.settings.webhook_private_targets) as sender:
        courier = Courier(Webhooks(parts.database), Deliveries(parts.database), feed, sender)
        async with courier.at_work():
            yield courier
