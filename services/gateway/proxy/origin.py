"""An origin of their own for experiments, so that their pages are strangers to ours (docs/hosting.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from aiohttp import hdrs, web
from yarl import URL

from libs.common.errors import Misconfigured
from libs.common.settings import Settings


@dataclass(frozen=True)
class Origin:
    """`EXPERIMENTS_ORIGIN`: what browsers call it, and the port where it is listened for."""

    url: URL
    port: int

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None where experiments share the gateway's origin. Raises: Misconfigured."""
        if settings.experiments_origin is None:
            return None
        try:
            url = URL(settings.experiments_origin.rstrip("/"))
            port = settings.experiments_port or url.port
        except ValueError as error:
            raise Misconfigured(f"EXPERIMENTS_ORIGIN is no address: {error}.") from error
        if url.scheme not in {"http", "https"} or url.origin() != url or port is None:
            raise Misconfigured(
                "EXPERIMENTS_ORIGIN is a scheme, a host and perhaps a port, as in https://experiments.example.org."
            )
        if port == settings.port or url == URL(settings.base_url):
            raise Misconfigured(
                "EXPERIMENTS_ORIGIN is the gateway's own; another port or host keeps them apart."
            )
        return cls(url, port)


OWN_ORIGIN: Final = web.AppKey("own_origin", Origin)
"""Set in the application that serves experiments at an origin of their own, and only there."""


ARRIVAL: Final = "/arrive"
"""Where a browser hands in its ticket at the experiments' origin."""


def elsewhere(request: web.Request, origin: Origin) -> web.Response:
    """To the same path and query at the experiments' origin, with the same method."""
    target = URL(str(origin.url.origin()) + request.rel_url.raw_path_qs, encoded=True)
    return _redirect(307, target)


def by_ticket(request: web.Request, origin: Origin, ticket: str) -> web.Response:
    """To the same page there, as who is signed in here."""
    return _redirect(
        303, (origin.url / ARRIVAL[1:]).with_query(ticket=ticket, next=request.rel_url.raw_path_qs)
    )


def _redirect(status: int, target: URL) -> web.Response:
    headers = {hdrs.LOCATION: str(target), hdrs.CACHE_CONTROL: "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=status, headers=headers)
