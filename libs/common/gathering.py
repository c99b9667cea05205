"""Many small writes as few large ones: what is asked for while one is under way is done together with the next.

Each caller waits until its own item is written, so nothing is promised any earlier than by a write of its own; one
caller alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Gathering(Generic[T, R]):
    """`work` does up to `most` items at once and returns for each what came of it: a result, or its own error.

    What it raises is the error of all of them.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]], *, most: int
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """Raises: what the work raises or returns for this item. A caller that is cancelled may leave it done."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work_until_none(), name="gathered writes")
        return await done

    async def _work_until_none(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            results = await self._results([item for item, _ in taken])
            for (_, done), result in zip(taken, results, strict=True):
                _settle(done, result)

    async def _results(self, items: Sequence[T]) -> Sequence[R | Exception]:
        try:
            return await self._work(items)
        except Exception as error:  # noqa: BLE001  (each caller gets it)
            return [error] * len(items)


def _settle(done: asyncio.Future[R], result: R | Exception) -> None:
    if done.done():  # its caller was cancelled
        return
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
