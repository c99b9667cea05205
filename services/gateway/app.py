"""Puts the gateway together; the only place that knows all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from aiohttp import web

from libs.common.audit import AuditLog
from libs.common.blobs.links import LinkSigner, load_link_secret
from libs.common.errors import Misconfigured
from libs.common.health import probes
from libs.common.jobs.outbox import Outbox
from libs.common.parts import Parts
from libs.common.registry import Registry
from libs.common.settings import Settings
from libs.common.tokens import TokenStore
from services.gateway.admission import admission
from services.gateway.audit.noting import AUDIT, audited
from services.gateway.audit.writer import AuditWriter
from services.gateway.auth.access import PUBLIC
from services.gateway.auth.attempts import Attempts
from services.gateway.auth.bearer import BearerTokens
from services.gateway.auth.loopback import is_trusting
from services.gateway.auth.session import Sessions
from services.gateway.documents.publication import Publication
from services.gateway.edge import EDGE, Edge
from services.gateway.events.feed import Feed
from services.gateway.events.opening import open_feed
from services.gateway.exports import Exports
from services.gateway.headers import secure
from services.gateway.listening import listening
from services.gateway.observed import observed
from services.gateway.pages.health import HealthWatch
from services.gateway.pages.refusals import for_people
from services.gateway.problems import problems
from services.gateway.proxy.origin import OWN_ORIGIN, Origin
from services.gateway.proxy.passage import Passage, open_passage
from services.gateway.quota import Quota
from services.gateway.rate import RateLimit
from services.gateway.routes import (
    audit,
    benchmark_runs,
    benchmark_uploads,
    benchmarks,
    documents,
    downloads,
    events,
    experiments,
    exports,
    hosted,
    imports,
    jobs,
    metrics,
    pages,
    signatures,
    webhooks,
)
from services.gateway.routing import Endpoint, install
from services.gateway.submit import Submissions
from services.gateway.versions import Versions
from services.gateway.waiting import Waiters
from services.gateway.webhooks.courier import Courier, open_courier

log = structlog.get_logger(__name__)


@asynccontextmanager
async def application(parts: Parts) -> AsyncIterator[None]:
    """Serve on `HOST`:`PORT` while entered; leaving answers who waits, and lets requests end.

    Raises: Misconfigured.
    """
    tokens = TokenStore(parts.database)
    await prepare_tokens(tokens, parts.settings)
    writer = AuditWriter(AuditLog(parts.database, kept_seconds=parts.limits.kept_audit_seconds))
    async with (
        Waiters(parts.jobs, parts.bus) as waiters,
        open_passage(parts) as passage,
        open_feed(parts) as feed,
        open_courier(parts, feed) as courier,
    ):
        edge = await make_edge(parts, tokens, waiters=waiters, passage=passage, feed=feed, courier=courier)
        async with AsyncExitStack() as listeners:
            for made, port in applications(edge):
                made[AUDIT] = writer
                await listeners.enter_async_context(listening(made, parts, port))
            try:
                yield
            finally:
                waiters.release()
                feed.release()
                await passage.close_sockets()


def applications(edge: Edge) -> Iterator[tuple[web.Application, int]]:
    """What is served at which port: the gateway, and experiments where they have an origin of their own.

    Raises: Misconfigured.
    """
    settings = edge.parts.settings
    served = endpoints(edge.parts)
    gateway = make_application(edge, served)
    gateway[documents.PUBLICATION] = Publication(interface(settings))
    yield gateway, settings.port
    if origin := Origin.of(settings):
        own = make_application(edge, [*health(edge.parts), *hosted.OWN_ENDPOINTS])
        own[OWN_ORIGIN] = origin
        yield own, origin.port


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
            Quota(parts.jobs, parts.limits.waiting_jobs_limit),
            longest_wait=parts.limits.wait_seconds,
        ),
        bearer=BearerTokens(tokens),
        sessions=Sessions(parts.database, tokens),
        attempts=Attempts(),
        rate=RateLimit(parts.database, per_minute=parts.limits.requests_per_minute),
        health=HealthWatch(parts),
        passage=passage,
        feed=feed,
        courier=courier,
        signer=LinkSigner(link_secret),
        link_secret=link_secret,
        trusts_loopback=is_trusting(parts.settings),
    )


def make_application(edge: Edge, served: Sequence[Endpoint]) -> web.Application:
    made = web.Application(
        middlewares=[observed, for_people, audited, problems, admission],
        client_max_size=edge.parts.limits.request_body_limit,
    )
    made[EDGE] = edge
    made.on_response_prepare.append(secure)
    install(made, served)
    return made


def health(parts: Parts) -> list[Endpoint]:
    return [Endpoint(probe.method, probe.path, probe.handler, PUBLIC) for probe in probes(parts)]


def endpoints(parts: Parts) -> list[Endpoint]:
    """Every address of the gateway."""
    return [
        *health(parts),
        *metrics.ENDPOINTS,
        *pages.ENDPOINTS,
        *documents.PAGES,
        *downloads.ENDPOINTS,
        *hosted.endpoints(parts.settings),
        *interface(parts.settings),
    ]


def interface(settings: Settings) -> list[Endpoint]:
    """What is for programs, and documented for them."""
    return [
        *exports.ENDPOINTS,
        *signatures.ENDPOINTS,
        *imports.ENDPOINTS,
        *experiments.ENDPOINTS,
        *jobs.ENDPOINTS,
        *events.ENDPOINTS,
        *webhooks.ENDPOINTS,
        *audit.ENDPOINTS,
        *documents.ENDPOINTS,
        *benchmarks.ENDPOINTS,
        *benchmark_runs.ENDPOINTS,
        *benchmark_uploads.endpoints(settings),
    ]
