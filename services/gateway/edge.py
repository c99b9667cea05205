"""What the gateway's handlers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from libs.common.blobs.links import LinkSigner
from libs.common.parts import Parts
from libs.common.registry import Registry
from services.gateway.auth.attempts import Attempts
from services.gateway.auth.bearer import BearerTokens
from services.gateway.auth.session import Sessions
from services.gateway.events.feed import Feed
from services.gateway.exports import Exports
from services.gateway.pages.health import HealthWatch
from services.gateway.proxy.passage import Passage
from services.gateway.rate import RateLimit
from services.gateway.submit import Submissions
from services.gateway.versions import Versions
from services.gateway.webhooks.courier import Courier


@dataclass(frozen=True)
class Edge:
    """Made once at start by `app`; nothing in it changes."""

    parts: Parts
    registry: Registry
    exports: Exports
    versions: Versions
    submissions: Submissions
    bearer: BearerTokens
    sessions: Sessions
    attempts: Attempts
    rate: RateLimit
    health: HealthWatch
    passage: Passage
    feed: Feed
    courier: Courier
    signer: LinkSigner
    link_secret: str = field(repr=False)
    """What download links and the addresses of bundles are signed with."""
    trusts_loopback: bool


EDGE: Final = web.AppKey("edge", Edge)


def edge_of(request: web.Request) -> Edge:
    return request.app[EDGE]
