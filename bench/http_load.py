"""Callers that cost next to nothing, so that two cores measure the server: one connection each, always one request."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final

LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
WARM_UP_SECONDS: Final = 1.0


@dataclass
class Load:
    """What callers saw: latencies in seconds, and answers by their status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        return median(self.latencies)

    @property
    def p99(self) -> float:
        return quantiles(self.latencies, n=100)[98]


def request(method: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """As it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def load(port: int, requests: Sequence[bytes], *, seconds: float) -> Load:
    """Each request again and again on a connection of its own, for so long after a warm-up."""
    warm, measured = Load(), Load(seconds)
    await asyncio.gather(*(_calls(port, each, WARM_UP_SECONDS, warm) for each in requests))
    await asyncio.gather(*(_calls(port, each, seconds, measured) for each in requests))
    return measured


async def _calls(port: int, sent: bytes, seconds: float, seen: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    now = time.perf_counter()
    deadline = now + seconds
    while now < deadline:
        began = now
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        assert length is not None, head
        await reader.readexactly(int(length[1]))
        now = time.perf_counter()
        seen.latencies.append(now - began)
        seen.statuses[int(head[9:12])] += 1
    writer.close()
    await writer.wait_closed()
