"""What a caller would rather have: JSON, a page, or the file itself (RFC 9110 §12.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from aiohttp import hdrs, web

HTML: Final = "text/html"
FILE_TYPES: Final = ("application/zip", HTML)
"""A browser that follows a link asks for text/html, and is better served with the download than with JSON."""
JSON: Final = "application/json"


def wants_file(request: web.Request) -> bool:
    """Whether `Accept` prefers a ZIP or a page to JSON; `*/*`, as curl sends it, does not."""
    ranges = _accepted(request)
    return max(_quality(ranges, wanted) for wanted in FILE_TYPES) > _quality(ranges, JSON)


def wants_page(request: web.Request) -> bool:
    """Whether `Accept` prefers a page to JSON, as a browser's does where a person follows a link."""
    ranges = _accepted(request)
    return _quality(ranges, HTML) > _quality(ranges, JSON)


def _quality(ranges: Mapping[str, float], media_type: str) -> float:
    """The most specific range that matches decides."""
    family = media_type.partition("/")[0]
    for candidate in (media_type, f"{family}/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0


def _accepted(request: web.Request) -> Mapping[str, float]:
    return _media_ranges(",".join(request.headers.getall(hdrs.ACCEPT, ())))


@lru_cache(maxsize=100)
def _media_ranges(header: str) -> Mapping[str, float]:
    ranges: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in item.split(";"))
        weights = [piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")]
        if name:
            ranges[name] = _weight(weights[0]) if weights else 1.0
    return ranges


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
