"""Headers of every answer of our own: nothing is sniffed, framed or cached unless a handler says otherwise."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

DEFAULTS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


FOREIGN: Final = web.ResponseKey("foreign", bool)
"""Marks the answer of an experiment, whose headers are its own affair."""


async def secure(_: web.Request, response: web.StreamResponse) -> None:
    """A signal handler for `on_response_prepare`, so that streams and errors have them too."""
    if not response.get(FOREIGN):
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
    response.headers[hdrs.SERVER] = "entrepot"
