"""Whether work gets done: who may call, who answers, and what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import aiohttp

from libs.common.bus.topology import SERVICE_OF_COMMAND
from libs.common.database.client import Database
from libs.common.hosting import Hostings, HostingState
from libs.common.jobs.store import JobStore
from libs.common.limits import Limits
from libs.common.settings import Settings
from libs.common.tokens import TokenStore
from libs.manage.doctor.finding import Finding, failed, ok, warning

PATIENCE_SECONDS: Final = 60.0
"""A waiting job is claimed within seconds, unless all workers are busy or none is there."""
COUNTED: Final = 10_000


async def examine_callers(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    if await TokenStore(database).any_valid():
        yield ok("tokens", "there are valid tokens")
    elif settings.is_embedded and settings.binds_loopback and settings.trust_loopback:
        yield ok("tokens", "none; requests from this machine are trusted")
    else:
        yield failed(
            "tokens", "Nobody can call.", "Make one: `manage.py tokens create YOU@example.org --role admin`."
        )


async def examine_gateway(settings: Settings) -> AsyncIterator[Finding]:
    url = f"{settings.base_url}/readyz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(url) as answer,
        ):
            if answer.status == 200:  # noqa: PLR2004
                yield ok("gateway", f"{settings.base_url} is ready")
            else:
                yield failed(
                    "gateway", f"{url} answers {answer.status}.", "Its log and the other findings say why."
                )
    except (aiohttp.ClientError, TimeoutError) as error:
        yield warning(
            "gateway",
            f"{settings.base_url} does not answer ({error or 'time-out'}).",
            "Start it (`make up`, or its container), or set PORT or PUBLIC_URL as it has them.",
        )


async def examine_jobs(database: Database, limits: Limits) -> AsyncIterator[Finding]:
    jobs, now = JobStore(database, lease_seconds=limits.job_lease_seconds), datetime.now(UTC)
    stuck = False
    for command, service in SERVICE_OF_COMMAND.items():
        backlog = await jobs.backlog(command, limit=COUNTED)
        if backlog.age(now) > PATIENCE_SECONDS:
            stuck = True
            yield warning(
                "jobs",
                f"{backlog.waiting} of {command} wait, the oldest for {backlog.age(now):.0f} s.",
                f"Is a {service} running? Add replicas if all are busy.",
            )
    if left := await jobs.unpublished_count(limit=COUNTED):
        yield warning(
            "jobs", f"The messages of {left} jobs are not published.", "The bus was down, or no service runs."
        )
    elif not stuck:
        yield ok("jobs", "none waits for long")


async def examine_hosting(database: Database) -> AsyncIterator[Finding]:
    hosted = await Hostings(database).all()
    broken = [each.slug for each in hosted if each.state is HostingState.FAILED]
    for slug in broken:
        yield warning(
            "experiment",
            f"{slug} does not start.",
            f"`manage.py experiments status {slug}` shows its last error.",
        )
    if not broken:
        yield ok("experiments", f"{len(hosted)} hosted, none failed")
