"""Puts the gateway together; the only place that knows all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiohttp import web

from libs.common.blobs.links import LinkSigner, load_link_secret
from libs.common.errors import Misconfigured
from libs.common.health import probes
from libs.common.jobs.outbox import Outbox
from libs.common.parts import Parts
from libs.common.registry import Registry
from libs.common.settings import Settings
from libs.common.tokens import TokenStore
from services.gateway.access_log import AccessLog
from services.gateway.admission import admission
from services.gateway.auth.access import PUBLIC
from services.gateway.auth.attempts import Attempts
from services.gateway.auth.bearer import BearerTokens
from services.gateway.auth.loopback import is_trusting
from services.gateway.auth.session import Sessions
from services.gateway.edge import EDGE, Edge
from services.gateway.events.feed import Feed
from services.gateway.events.opening import open_feed
from services.gateway.exports import Exports
from services.gateway.headers import secure
from services.gateway.observed import observed
from services.gateway.pages.health import HealthWatch
from services.gateway.pages.refusals import for_people
from services.gateway.problems import problems
from services.gateway.proxy.passage import Passage, open_passage
from services.gateway.routes import (
    benchmark_runs,
    benchmark_uploads,
    benchmarks,
    downloads,
    events,
    experiments,
    exports,
    hosted,
    imports,
    jobs,
    metrics,
    pages,
    webhooks,
)
from services.gateway.routing import Endpoint, install
from services.gateway.submit import Submissions
from services.gateway.versions import Versions
from services.gateway.waiting import Waiters
from services.gateway.webhooks.courier import Courier, open_courier

IDLE_CONNECTION_SECONDS: Final = 75.0
"""A connection without a whole request for so long is closed; above the 60 s of common proxies in front."""
BACKLOG: Final = 1024

log = structlog.get_logger(__name__)


@asynccontextmanager
async def application(parts: Parts) -> AsyncIterator[None]:
    """Serve on `HOST`:`PORT` while entered; leaving answers who waits, and lets requests end.

    Raises: Misconfigured.
    """
    tokens = TokenStore(parts.database)
    await prepare_tokens(tokens, parts.settings)
    async with (
        Waiters(parts.jobs, parts.bus) as waiters,
        open_passage(parts) as passage,
        open_feed(parts) as feed,
        open_courier(parts, feed) as courier,
    ):
        edge = await make_edge(parts, tokens, waiters=waiters, passage=passage, feed=feed, courier=courier)
        runner = web.AppRunner(
            make_application(edge),
            access_log_class=AccessLog,
            keepalive_timeout=IDLE_CONNECTION_SECONDS,
            shutdown_timeout=parts.limits.drain_seconds,
        )
        await runner.setup()
        try:
            await _listen(runner, parts.settings)
            yield
        finally:
            waiters.release()
            feed.release()
            await passage.close_sockets()
            await runner.cleanup()


async def prepare_tokens(tokens: TokenStore, settings: Settings) -> None:
    """Take the administrator's token from the settings. Raises: Misconfigured where nobody could ever call."""
    if settings.admin_token is not None:
        await tokens.seed(settings.admin_token.get_secret_value())
    if is_trusting(settings) or await tokens.any_valid():
        return
    if not settings.binds_loopback:
        raise Misconfigured(
            f"Listening on {settings.host} needs a token: set ENTREPOT_ADMIN_TOKEN, or make one with "
            "`manage.py tokens create`."
        )
    log.warning("nobody can call yet: set ENTREPOT_ADMIN_TOKEN or use `manage.py tokens create`")


async def make_edge(
    parts: Parts, tokens: TokenStore, *, waiters: Waiters, passage: Passage, feed: Feed, courier: Courier
) -> Edge:
    link_secret = await load_link_secret(parts.database)
    return Edge(
        parts=parts,
        registry=Registry(parts.database),
        exports=Exports(parts.database, parts.blobs, link_seconds=parts.limits.link_seconds),
        versions=Versions(parts.database),
        submissions=Submissions(
            parts.jobs,
            Outbox(parts.jobs, parts.bus),
            waiters,
            longest_wait=parts.limits.wait_seconds,
            waiting_limit=parts.limits.waiting_jobs_limit,
        ),
        bearer=BearerTokens(tokens),
        sessions=Sessions(parts.database, tokens),
        attempts=Attempts(),
        health=HealthWatch(parts),
        passage=passage,
        feed=feed,
        courier=courier,
        signer=LinkSigner(link_secret),
        link_secret=link_secret,
        trusts_loopback=is_trusting(parts.settings),
    )


def make_application(edge: Edge) -> web.Application:
    made = web.Application(
        middlewares=[observed, for_people, problems, admission],
        client_max_size=edge.parts.limits.request_body_limit,
    )
    made[EDGE] = edge
    made.on_response_prepare.append(secure)
    install(made, endpoints(edge.parts))
    return made


def endpoints(parts: Parts) -> list[Endpoint]:
    """Every address of the gateway."""
    health = [Endpoint(probe.method, probe.path, probe.handler, PUBLIC) for probe in probes(parts)]
    return [
        *health,
        *exports.ENDPOINTS,
        *downloads.ENDPOINTS,
        *imports.ENDPOINTS,
        *experiments.ENDPOINTS,
        *jobs.ENDPOINTS,
        *metrics.ENDPOINTS,
        *pages.ENDPOINTS,
        *events.ENDPOINTS,
        *webhooks.ENDPOINTS,
        *hosted.ENDPOINTS,
        *benchmarks.ENDPOINTS,
        *benchmark_runs.ENDPOINTS,
        *benchmark_uploads.endpoints(parts.settings),
    ]


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
    except OSError as error:
        raise Misconfigured(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from error
