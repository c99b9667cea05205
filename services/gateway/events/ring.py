"""The newest entries of the log, in memory, for all readers together."""

from __future__ import annotations

from collections import deque
from typing import Final

from services.gateway.events.entry import Entry
from services.gateway.events.log import BATCH_BYTES

RING_BYTES: Final = 8 * 2**20
"""Thousands of usual events; who is further behind reads from the database."""
RING_EVENTS: Final = 5_000


class Ring:
    """Entries `floor + 1` to `head`, all of them."""

    def __init__(self, head: int) -> None:
        self.floor = self.head = head
        self._entries: deque[Entry] = deque()
        self._size = 0

    def push(self, entry: Entry) -> None:
        if entry.number != self.head + 1:  # the log was swept beyond us, during an outage of a day
            self._entries.clear()
            self._size, self.floor = 0, entry.number - 1
        self._entries.append(entry)
        self._size += len(entry.body)
        self.head = entry.number
        while len(self._entries) > 1 and (self._size > RING_BYTES or len(self._entries) > RING_EVENTS):
            oldest = self._entries.popleft()
            self._size -= len(oldest.body)
            self.floor = oldest.number

    def after(self, number: int) -> list[Entry]:
        """The first entries after one that is not below the floor, as many as make a batch."""
        newer = []
        for entry in reversed(self._entries):
            if entry.number <= number:
                break
            newer.append(entry)
        batch, size = [], 0
        for entry in reversed(newer):
            batch.append(entry)
            size += len(entry.body)
            if size >= BATCH_BYTES:
                break
        return batch
