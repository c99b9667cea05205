"""A reader of server-sent events, as a browser is one: it remembers the last id, and comes again with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

SECONDS = 60


@dataclass(frozen=True)
class Heard:
    """What one dispatched event said; `name` is empty for events of the log."""

    name: str
    id: str
    data: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.data["type"]).removeprefix("io.entrepot.")


@dataclass
class Ear:
    last_id: str = ""
    heard: list[Heard] = field(default_factory=list)
    response: aiohttp.ClientResponse | None = None

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.heard if not event.name]

    @property
    def event_ids(self) -> list[str]:
        return [str(event.data["id"]) for event in self.heard if not event.name]

    async def hears(self, count: int) -> None:
        """Read on until so many events were dispatched."""
        async with asyncio.timeout(SECONDS):
            while len(self.heard) < count:
                assert await self.block(), "the stream has ended"

    async def block(self) -> bool:
        """Read to the next empty line; false at the end of the stream."""
        assert self.response is not None
        fields: dict[str, str] = {}
        while line := (await self.response.content.readline()).decode():
            if line == "\n":
                self._dispatch(fields)
                return True
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value
        return False

    def _dispatch(self, fields: dict[str, str]) -> None:
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            self.heard.append(Heard(fields.get("event", ""), self.last_id, orjson.loads(fields["data"])))


@asynccontextmanager
async def listening(
    http: aiohttp.ClientSession,
    path: str = "/api/events",
    *,
    ear: Ear | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Ear]:
    """An ear that is connected: from its last id on, if it has one."""
    ear = ear or Ear()
    resuming = {"Last-Event-ID": ear.last_id} if ear.last_id else {}
    async with http.get(path, headers={**(headers or {}), **resuming}) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        ear.response = response
        await ear.block()  # the opening: from here on nothing is missed
        yield ear
