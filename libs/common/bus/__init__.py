"""The port for messages: commands to one service, events to everyone (DESIGN §3).

Adapters: `libs.common.bus.embedded` (a MongoDB collection) and `libs.common.bus.rabbit` (RabbitMQ). A command is
delivered to one of the consumers of its queue; an event to every subscription whose pattern matches. Delivery is at
least once: a message whose handler did not return normally is delivered again, and after `DELIVERY_LIMIT` deliveries
goes to the queue's dead letters.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from libs.common.errors import NotFound, Unavailable
from libs.common.events.envelope import Message

Handler = Callable[[Message], Awaitable[None]]
Listener = Callable[[], Awaitable[None]]

DELIVERY_LIMIT = 5
"""Deliveries of one message before it is a dead letter; a wake-up that fails five times will fail again."""


class BusUnavailable(Unavailable):
    """The message broker cannot be reached just now."""

    code = "bus-unavailable"


class Unroutable(NotFound):
    """No queue takes this command."""

    code = "unroutable"


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be handled, and why. `id` names it for `retry` and `drop`."""

    id: str
    queue: str
    reason: str
    died_at: datetime
    routing_key: str
    body: str
    """The data as text, cut to 4 KiB; it may be no JSON at all."""


class Bus(Protocol):
    """All queues of `topology` exist once the bus is open."""

    async def publish(self, message: Message) -> None:
        """Return once the bus holds the message durably.

        Commands must reach a queue; events may match none. Raises: BusUnavailable, Unroutable.
        """
        ...

    def consume(self, queue: str, handler: Handler, *, slots: int) -> AbstractAsyncContextManager[None]:
        """Handle a command queue's messages, at most `slots` at the same time, competing with other consumers.

        The handler's normal return acknowledges. Leaving the context stops taking new messages, waits for handlers
        under way, and gives back what was not handled. Survives lost connections. Raises on entering: BusUnavailable.
        """
        ...

    def subscribe(
        self,
        patterns: Sequence[str],
        handler: Handler,
        *,
        queue: str | None = None,
        ready: Listener | None = None,
    ) -> AbstractAsyncContextManager[None]:
        """Receive the events that match AMQP topic patterns (`export.*`, `#`), in order of arrival, one at a time.

        With `queue` the subscription is durable under that name and shared by all that use it; patterns are added to
        those it has. Without, it is this process's own and ends with it, and an event on which the handler always
        fails is logged and passed over. `ready` runs on entering and after each outage in which events may have
        been missed: it is the place to read the truth again. Once entered, the subscription receives what is
        published from then on. Raises on entering: BusUnavailable.
        """
        ...

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        """The oldest dead letters of all queues, left in place."""
        ...

    async def retry_dead_letter(self, dead_letter_id: str) -> None:
        """Put it back to its queue with a new count. Raises: NotFound."""
        ...

    async def drop_dead_letter(self, dead_letter_id: str) -> None:
        """Remove it for good. Raises: NotFound."""
        ...

    async def depth(self, queue: str) -> int:
        """Messages that wait in a command queue."""
        ...

    async def check(self) -> None:
        """Reach the broker once, for readiness. Raises: BusUnavailable."""
        ...

    async def close(self) -> None: ...
