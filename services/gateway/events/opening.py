"""Puts the event log together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.parts import Parts
from services.gateway.events.feed import Feed
from services.gateway.events.log import EventLog
from services.gateway.events.recorder import Recorder


@asynccontextmanager
async def open_feed(parts: Parts) -> AsyncIterator[Feed]:
    """The log, written by one of the gateways and followed by each."""
    events = EventLog(parts.database)
    feed = Feed(events)
    async with Recorder(parts.database, parts.bus, events).at_work(), feed.following():
        yield feed
