"""The gateway's own connections to hosts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp import hdrs

CONNECT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 600.0
"""Between a request and its answer, and between two pieces of it; while bytes flow, a stream may last for ever."""
KEPT_SECONDS: Final = 15.0
"""An idle connection is given up well before a host closes it, which it does after 30 s."""
FIELD_BYTES: Final = 64 * 1024
"""A line of an answer's head: experiments set cookies larger than aiohttp's 8 KiB."""
PASSED_AS_THEY_ARE: Final = (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT, hdrs.CONTENT_TYPE)
"""What aiohttp would add where the client sent none."""


@asynccontextmanager
async def open_client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that adds nothing, follows nothing, unpacks nothing and remembers no cookies."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=PASSED_AS_THEY_ARE,
        auto_decompress=False,
        max_line_size=FIELD_BYTES,
        max_field_size=FIELD_BYTES,
    ) as client:
        yield client
