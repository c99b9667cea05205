"""Routes, closed by default: each says who may call it and how large its body may be, or it does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from aiohttp import web

from libs.common.limits import Limits
from services.gateway.auth.access import Access

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BodyLimit = Callable[[Limits], int]
ANY_METHOD: Final = "*"

SMALL_BODY: Final[BodyLimit] = attrgetter("request_body_limit")


@dataclass(frozen=True)
class Endpoint:
    """One method of one address, with and without the last slash (seeds)."""

    method: str
    path: str
    handler: Handler
    access: Access
    body_limit: BodyLimit | None = SMALL_BODY
    """Bytes of file or JSON; form fields beside a file have a bound of their own.

    None: of any size, and the handler itself asks for it (`ask_for_body`).
    """

    @property
    def paths(self) -> set[str]:
        """With and without the last slash, save where the path takes whatever comes."""
        bare = self.path.rstrip("/")
        return {self.path} if bare.endswith("}") and ":.*" in bare else {bare or "/", f"{bare}/"}


ENDPOINT: Final = web.RequestKey("endpoint", Endpoint)
_ENDPOINTS: Final = web.AppKey("endpoints", dict[object, Endpoint])


def install(application: web.Application, endpoints: Iterable[Endpoint]) -> None:
    """The only way to add routes."""
    table: dict[object, Endpoint] = {}
    for endpoint in endpoints:
        for path in endpoint.paths:
            route = application.router.add_route(
                endpoint.method, path, endpoint.handler, expect_handler=_expect_later
            )
            table[route] = endpoint
    application[_ENDPOINTS] = table


def endpoint_of(request: web.Request) -> Endpoint | None:
    """The endpoint that was matched; None where aiohttp itself answers 404 or 405."""
    return request.app[_ENDPOINTS].get(request.match_info.route)


async def _expect_later(_: web.Request) -> None:
    """`100 Continue` is sent when caller and size are known to be right (`ask_for_body`)."""
