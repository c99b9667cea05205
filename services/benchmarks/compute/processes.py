"""Computes on this machine: each piece of work in a process of its own, forked from a server that is warm."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess

from libs.common.threads import in_thread
from services.benchmarks.compute import Tell, ignore
from services.benchmarks.compute.child import main
from services.benchmarks.compute.messages import Message, outcome
from services.benchmarks.compute.work import AlgorithmFailed, Solved, Work

WARM = ("services.benchmarks.compute.child", "services.benchmarks.algorithms.registry")
"""Loaded once, by the server from which children fork; the solvers take seconds."""


class ProcessCompute:
    """As many processes at a time as there are callers; the service's slots bound them."""

    def __init__(self) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(WARM))

    async def solve(self, work: Work, tell: Tell = ignore) -> Solved:
        receiver, sender = self._context.Pipe(duplex=False)
        with receiver:
            process = await in_thread(self._start, sender, work)
            try:
                solved = await outcome(_messages(receiver), tell)
            finally:
                process.kill()
                await in_thread(process.join)
            if solved is None:
                raise AlgorithmFailed(f"{work.algorithm}: its process ended with {process.exitcode}.")
            return solved

    async def close(self) -> None:
        """Nothing is held between calls; the warm server ends with this process."""

    def _start(self, sender: Connection, work: Work) -> ForkServerProcess:
        """Blocks for about 3 s when the server starts, then for milliseconds."""
        with sender:
            process = self._context.Process(target=main, args=(sender, work), daemon=True)
            process.start()
        return process


async def _messages(receiver: Connection) -> AsyncIterator[Message]:
    """What the child sends, until it ends."""
    while True:
        await _readable(receiver)
        try:
            yield receiver.recv()
        except EOFError:
            return


async def _readable(receiver: Connection) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(receiver.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(receiver.fileno())
