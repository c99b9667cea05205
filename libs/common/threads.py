"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `asyncio.to_thread`, but when this is cancelled the call has ended.

    A thread cannot be stopped; without waiting for it, it would go on with files that its caller then removes.
    """
    call = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(call)
    finally:
        while not call.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({call})


async def iterate(items: Iterable[T]) -> AsyncIterator[T]:
    """Take each item in a thread: for generators that compute or read."""
    iterator = iter(items)
    end = object()
    while (item := await in_thread(next, iterator, end)) is not end:
        yield item  # type: ignore[misc]  # the sentinel has no type of its own


async def ahead(items: Iterable[T]) -> AsyncGenerator[T]:
    """As `iterate`, but each item is made while the one before it is used; close it, for it may be at work on one."""
    iterator = iter(items)
    end = object()
    coming = asyncio.ensure_future(in_thread(next, iterator, end))
    try:
        while (item := await coming) is not end:
            coming = asyncio.ensure_future(in_thread(next, iterator, end))
            yield item  # type: ignore[misc]  # the sentinel has no type of its own
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
