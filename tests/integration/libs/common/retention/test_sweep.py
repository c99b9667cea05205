"""Rules are applied by one replica at a time; one that fails stops none of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from libs.common.parts import Parts
from libs.common.retention import Doomed
from libs.common.retention.sweep import Swept, keeping, sweep


@dataclass
class Heap:
    """Things that all may go."""

    kind: str = "heap"
    things: list[str] = field(default_factory=lambda: ["a", "b"])
    sweeps: int = 0
    swept: asyncio.Event = field(default_factory=asyncio.Event)

    async def find(self) -> AsyncIterator[Doomed]:
        self.sweeps += 1
        for thing in list(self.things):
            yield Doomed(self.kind, thing, "it may")
        self.swept.set()

    async def remove(self, doomed: Doomed) -> int:
        self.things.remove(doomed.name)
        return 1


@dataclass
class Broken(Heap):
    kind: str = "broken"

    async def remove(self, doomed: Doomed) -> int:
        if doomed.name == "b":
            raise OSError("the disk is gone")
        return await super().remove(doomed)


async def test_a_rule_that_fails_stops_none_of_the_others() -> None:
    heap = Heap()
    assert await sweep([Broken(), heap]) == [Swept("broken", 1, "OSError"), Swept("heap", 2)]
    assert heap.things == []


async def test_one_replica_sweeps(parts: Parts) -> None:
    first, second = Heap(), Heap()
    async with AsyncExitStack() as replicas:
        await replicas.enter_async_context(keeping(parts, "exporter", [first]))
        await asyncio.wait_for(first.swept.wait(), 10)
        await replicas.enter_async_context(keeping(parts, "exporter", [second]))
        other = Heap()  # of another service, which starts after the second replica did
        await replicas.enter_async_context(keeping(parts, "importer", [other]))
        await asyncio.wait_for(other.swept.wait(), 10)
    assert (first.sweeps, second.sweeps, other.sweeps) == (1, 0, 1)


async def test_it_sweeps_again(parts: Parts) -> None:
    heap = Heap()
    async with keeping(parts, "exporter", [heap], seconds=0.01):
        await asyncio.wait_for(heap.swept.wait(), 10)
        heap.things.append("new")
        heap.swept.clear()
        async with asyncio.timeout(10):
            while heap.things:
                await heap.swept.wait()
                heap.swept.clear()
    assert heap.sweeps > 1
