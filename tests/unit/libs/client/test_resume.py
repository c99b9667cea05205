"""However often a stream is cut off, and wherever: each event is heard once, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx
from entrepot_client import Client, Configuration
from hypothesis import given, settings
from hypothesis import strategies as st

from .platform import URL
from .samples import problem
from .test_events import MARK, told

EVENTS = 12


@dataclass(frozen=True)
class Cut:
    """What becomes of one connection: refused, answered 503, or ended after so many bytes."""

    kind: str
    after: int = 0


CUTS = st.one_of(
    st.just(Cut("refused")),
    st.just(Cut("away")),
    st.builds(Cut, st.just("ended"), st.integers(0, 4_000)),
    st.builds(Cut, st.just("broken"), st.integers(0, 4_000)),
)


@dataclass
class Platform(httpx.AsyncBaseTransport):
    """Has so many events, and cuts connections off as it was told; the last one is whole."""

    cuts: Iterator[Cut]
    asked: list[int] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        self.asked.append(after)
        cut = next(self.cuts, None)
        if cut is not None and cut.kind == "refused":
            raise httpx.ConnectError("refused")
        if cut is not None and cut.kind == "away":
            return problem(503, "unavailable")
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Sent(after, cut))


@dataclass
class Sent(httpx.AsyncByteStream):
    """The log from there on, in one piece or in the piece that gets through."""

    after: int
    cut: Cut | None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        blocks = ["retry: 2000\n\n", *map(told, range(self.after + 1, EVENTS + 1)), MARK.format(EVENTS)]
        whole = "".join(blocks).encode()
        yield whole if self.cut is None else whole[: self.cut.after]
        if self.cut is not None and self.cut.kind == "broken":
            raise httpx.ReadError("reset")


@settings(max_examples=40)  # each opens a client and some connections
@given(st.lists(CUTS, max_size=8), st.integers(0, EVENTS - 1))
async def test_each_event_is_heard_once(cuts: list[Cut], after: int) -> None:
    first = Cut("ended", after=len("retry: 2000\n\n"))  # it was there: what is away later is waited for
    platform = Platform(iter([first, *cuts]))
    heard: list[int] = []
    async with (
        Client(Configuration(url=URL), wire=platform) as client,
        aclosing(client.events.follow(after=after)) as events,
    ):
        async for event in events:
            heard.append(event.number)
            if event.number == EVENTS:
                break

    assert heard == list(range(after + 1, EVENTS + 1))
    assert platform.asked == sorted(platform.asked)
    assert platform.asked[0] == after
