"""Parts of a download: one byte range (RFC 9110 §14), so that an interrupted download goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import hdrs, web


@dataclass(frozen=True)
class Span:
    """Bytes `start` to before `stop` of a file of `size` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def is_whole(self) -> bool:
        return self.length == self.size

    def content_range(self) -> str:
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def requested_span(request: web.Request, *, size: int, etag: str) -> Span:
    """What to send. A range that is malformed, or of another version of the file, is ignored.

    Raises: HTTPRequestRangeNotSatisfiable.
    """
    whole = Span(0, size, size)
    if request.method != hdrs.METH_GET or request.headers.get(hdrs.IF_RANGE, etag) != etag:
        return whole
    try:
        wanted = request.http_range
    except ValueError:  # several ranges at once, or none at all
        return whole
    if wanted.start is None:
        return whole
    start, stop, _ = wanted.indices(size)
    if start >= size:
        raise web.HTTPRequestRangeNotSatisfiable(headers={hdrs.CONTENT_RANGE: f"bytes */{size}"})
    return Span(start, stop, size)
