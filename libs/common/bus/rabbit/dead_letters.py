"""Dead letters: looked at by taking them out and giving them back, on a channel of the look's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from libs.common.bus import DeadLetter
from libs.common.bus.rabbit.connection import open_channel, reaching
from libs.common.bus.rabbit.messages import dead_letter, revived
from libs.common.bus.rabbit.publisher import Publisher
from libs.common.bus.topology import DEAD_QUEUES
from libs.common.errors import NotFound

SEARCH_LIMIT = 10_000
"""Dead letters of one queue that a search by id takes out; more than that are drained by the broker's tools."""
LOOK_SECONDS = 60.0


class DeadLetters:
    """A letter that another process is looking at just now is not seen."""

    def __init__(self, connection: AbstractRobustConnection, publisher: Publisher) -> None:
        self._connection = connection
        self._publisher = publisher

    async def list(self, limit: int) -> list[DeadLetter]:
        """Raises: BusUnavailable."""
        found: list[DeadLetter] = []
        for queue in DEAD_QUEUES:
            async with self._look(queue, limit) as letters:
                found += [dead_letter(letter) async for letter in letters]
        return sorted(found, key=lambda letter: letter.died_at)[:limit]

    async def retry(self, dead_letter_id: str) -> None:
        """Raises: BusUnavailable, NotFound, Unroutable."""
        async with self._find(dead_letter_id) as letter:
            await self._publisher.put(revived(letter), dead_letter(letter).queue)
            await letter.ack()

    async def drop(self, dead_letter_id: str) -> None:
        """Raises: BusUnavailable, NotFound."""
        async with self._find(dead_letter_id) as letter:
            await letter.ack()

    @asynccontextmanager
    async def _find(self, dead_letter_id: str) -> AsyncIterator[AbstractIncomingMessage]:
        for queue in DEAD_QUEUES:
            async with self._look(queue, SEARCH_LIMIT) as letters:
                async for letter in letters:
                    if letter.message_id == dead_letter_id:
                        yield letter
                        return
        raise NotFound(f"There is no dead letter `{dead_letter_id}`")

    @asynccontextmanager
    async def _look(
        self, queue_name: str, limit: int
    ) -> AsyncIterator[AsyncIterator[AbstractIncomingMessage]]:
        """What is not acknowledged goes back to its place when the channel closes."""
        channel = await open_channel(self._connection)
        try:
            async with reaching(LOOK_SECONDS):
                queue = await channel.get_queue(queue_name, ensure=False)

                async def letters() -> AsyncGenerator[AbstractIncomingMessage, None]:
                    for _ in range(limit):
                        letter = await queue.get(no_ack=False, fail=False)
                        if letter is None:
                            return
                        yield letter

                async with aclosing(letters()) as taken:
                    yield taken
        finally:
            async with reaching():
                await channel.close()
