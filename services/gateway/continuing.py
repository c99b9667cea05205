"""`Expect: 100-continue`: a body is asked for only when it is known that it will be taken (RFC 9110 §10.1.1)."""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web


async def ask_for_body(request: web.Request) -> None:
    expected = request.headers.get(hdrs.EXPECT, "").lower()
    if expected == "100-continue" and request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # it is not part of the answer
