"""Handlers that remember what they were given, and messages to give them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from libs.common.bus.topology import queue_of
from libs.common.events.envelope import TYPE_PREFIX, Message, new_id

DEADLINE_SECONDS = 30.0
EXPORT = queue_of("export.request")
IMPORT = queue_of("import.request")


def make(routing_key: str, **data: object) -> Message:
    return Message(
        type=TYPE_PREFIX + routing_key,
        source="/entrepot/test",
        subject="click_tracker",
        correlation_id=new_id(),
        data=data,
    )


async def eventually(
    condition: Callable[[], bool], what: str = "the condition holds", *, seconds: float = DEADLINE_SECONDS
) -> None:
    """Poll until it holds. Raises: TimeoutError that says what did not happen."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise TimeoutError(f"Not within {seconds} s: {what}") from error


class Inbox:
    """A handler that collects, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0, error: Exception | None = None) -> None:
        self.messages: list[Message] = []
        self.calls: list[Message] = []
        self._failures = failures
        self._error = error or ValueError("the handler was told to fail")

    async def __call__(self, message: Message) -> None:
        self.calls.append(message)
        if len(self.calls) <= self._failures:
            raise self._error
        self.messages.append(message)

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    async def holds(self, count: int) -> None:
        await eventually(lambda: len(self.messages) >= count, f"{count} messages arrived")

    async def was_called(self, times: int) -> None:
        await eventually(lambda: len(self.calls) >= times, f"{times} deliveries")


class Gate:
    """A handler whose every call waits until it is let go."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.entered: list[Message] = []
        self.left: list[Message] = []
        self.running = 0
        self.most_running = 0

    async def __call__(self, message: Message) -> None:
        self.entered.append(message)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.open.wait()
            self.left.append(message)
        finally:
            self.running -= 1

    async def has_entered(self, count: int) -> None:
        await eventually(lambda: len(self.entered) >= count, f"{count} handlers have begun")
