"""Wakes everybody who waits, a few at a time: a thousand readers at once would keep the loop from all else."""

from __future__ import annotations

import asyncio
from typing import Final

AT_A_TIME: Final = 100
"""A reader takes some 50 µs to be told; 5 ms later the loop looks at everything else once."""


class Bell:
    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Until it rings next."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def ring(self) -> None:
        """Who begins to wait from here on waits for the next time."""
        waiting, self._waiting = self._waiting, []
        _wake(waiting)


def _wake(waiting: list[asyncio.Future[None]]) -> None:
    for turn in waiting[:AT_A_TIME]:
        if not turn.done():  # it may have gone
            turn.set_result(None)
    if rest := waiting[AT_A_TIME:]:
        asyncio.get_running_loop().call_soon(_wake, rest)
