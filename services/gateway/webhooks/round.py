"""What one claim of a webhook is used for: its events, in order, until one fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.events.entry import Entry, Interest
from services.gateway.events.feed import Feed
from services.gateway.webhooks.deliveries import Deliveries
from services.gateway.webhooks.model import DeliveryState, Webhook
from services.gateway.webhooks.sender import Sender
from services.gateway.webhooks.store import Webhooks

GIVE_UP: Final = timedelta(hours=24)
"""Age at which an event that could not be delivered is given up, so that those behind it come."""


class Round:
    def __init__(
        self, webhook: Webhook, *, webhooks: Webhooks, deliveries: Deliveries, feed: Feed, sender: Sender
    ) -> None:
        self._webhook = webhook
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._feed = feed
        self._sender = sender
        self._is_failing = webhook.failures > 0

    async def run(self) -> None:
        """All that there is up to the end of the log as it is now. Raises: PyMongoError."""
        interest = Interest(patterns=tuple(self._webhook.types))
        position, head = self._webhook.position, self._feed.head
        while position < head and not self._feed.closed:
            batch = await self._feed.events.read(interest, after=position, to=head)
            for entry in batch.entries:
                if self._feed.closed:  # another gateway goes on at once
                    await self._webhooks.release(self._webhook)
                    return
                if not await self._settle(entry):
                    return
            position = batch.read_to
            if not await self._webhooks.advance(self._webhook, position, is_failing=self._is_failing):
                return
        await self._webhooks.release(self._webhook)

    async def _settle(self, entry: Entry) -> bool:
        """Deliver one event, or give it up; False where the round is over."""
        if self._is_failing and datetime.now(UTC) - entry.logged_at >= GIVE_UP:
            await self._deliveries.note(self._webhook, entry, DeliveryState.GIVEN_UP, None)
            return await self._webhooks.advance(self._webhook, entry.number, is_failing=True)
        attempt = await self._sender.send(self._webhook, entry)
        state = DeliveryState.DELIVERED if attempt.succeeded else DeliveryState.PENDING
        await self._deliveries.note(self._webhook, entry, state, attempt)
        if attempt.succeeded:
            self._is_failing = False
            return await self._webhooks.advance(self._webhook, entry.number, is_failing=False)
        if attempt.says_gone:
            await self._webhooks.disable(self._webhook, "The endpoint answered 410 Gone.")
        else:
            await self._webhooks.postpone(self._webhook)
        return False
