"""Streams of events that go on where they were, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from httpx_sse import EventSource, ServerSentEvent

from entrepot_client.configuration import Configuration
from entrepot_client.errors import NotUnderstood, Refused, Unreachable
from entrepot_client.jobs import AWAY
from entrepot_client.models.events import Event
from entrepot_client.transport import Transport

AGAIN_SECONDS: Final = 1.0
EVERYTHING: Final = "#"
GAP: Final = "gap"

log = logging.getLogger(__name__)

Missed = Callable[[int], None]
"""Hears the oldest number that is still kept, where older ones were asked for."""


@dataclass(frozen=True)
class Subscription:
    """What to hear of; `types` are topic patterns of routing keys: `*` one word, `#` any number of them."""

    types: tuple[str, ...] = (EVERYTHING,)
    subject: str | None = None
    job_id: str | None = None

    def query(self) -> dict[str, Any]:
        return {"type": ",".join(self.types), "subject": self.subject, "correlation_id": self.job_id}


ALL: Final = Subscription()


def warn(oldest: int) -> None:
    log.warning("Events before number %d are no longer kept; they were missed.", oldest)


class Events:
    """Leave an iterator early by `contextlib.aclosing`, so that its connection is closed at once."""

    def __init__(self, transport: Transport, configuration: Configuration) -> None:
        self._transport = transport
        self._configuration = configuration

    async def kept(
        self, which: Subscription = ALL, *, after: int = 0, missed: Missed = warn
    ) -> AsyncGenerator[Event, None]:
        """What the log has after that number, up to now; it goes back a day. Raises: Refused, Unreachable."""
        async for block in self._blocks(which, after):
            if _is_position(block):
                return
            if event := _event(block, missed):
                yield event

    async def follow(
        self, which: Subscription = ALL, *, after: int | None = None, missed: Missed = warn
    ) -> AsyncGenerator[Event, None]:
        """From now on, or after that number, for ever: each once, in order, through any loss of the connection.

        Raises: Refused; Unreachable where the platform was never there, or is away for too long.
        """
        position, heard_at = after, None
        now = asyncio.get_running_loop().time
        while True:
            try:
                async for block in self._blocks(which, position):
                    position, heard_at = int(block.id) if block.id else position, now()
                    if event := _event(block, missed):
                        yield event
            except (Unreachable, Refused) as error:
                is_away = isinstance(error, Unreachable) or error.status in AWAY
                is_patient = heard_at is not None and now() - heard_at < self._configuration.patience_seconds
                if not (is_away and is_patient):
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def data_of(self, event: Event) -> dict[str, Any]:
        """All that it tells, fetched where the event only refers to it. Raises: Refused, Unreachable, NotUnderstood."""
        if event.dataref is None:
            return event.data
        reference = urlsplit(event.dataref)
        if reference.netloc:  # our token is for nobody else
            raise NotUnderstood(f"The data of the event {event.id} are elsewhere: {event.dataref}.")
        found: Any = (await self._transport.send("GET", reference.path)).json()
        try:
            for name in unquote(reference.fragment).split("/")[1:]:  # JSON Pointer (RFC 6901)
                found = found[name]
        except (KeyError, TypeError) as error:
            raise NotUnderstood(f"There is nothing at {event.dataref}.") from error
        return dict(found)

    async def _blocks(self, which: Subscription, after: int | None) -> AsyncIterator[ServerSentEvent]:
        params = {**which.query(), "after": after}
        async with self._transport.stream("/api/events", params) as response:
            async for block in EventSource(response).aiter_sse():
                yield block


def _is_position(block: ServerSentEvent) -> bool:
    """Says nothing but where the stream is: all that came before has been sent."""
    return bool(block.id) and not block.data


def _event(block: ServerSentEvent, missed: Missed) -> Event | None:
    """Raises: NotUnderstood."""
    if not block.data:
        return None
    try:
        told = json.loads(block.data)
        if block.event == GAP:
            missed(int(told["oldest"]))
            return None
        return Event.model_validate({**told, "number": block.id})
    except (ValueError, KeyError, TypeError) as error:  # ValidationError is a ValueError
        raise NotUnderstood("An event is not as this client understands events.") from error
