"""One start of one version: what it is made of, and the host that comes of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.common.events.envelope import new_id
from libs.common.limits import Limits
from libs.common.parts import Parts
from libs.common.registry import Registered
from libs.common.threads import in_thread
from libs.common.versions import materialise
from services.importer.hosting.bundle import Bundles
from services.importer.hosting.cluster import Cluster, Environment, Host
from services.importer.requirements import PROVIDED, REQUIREMENTS, read_requirements

MEMORY_LIMIT: Final = "EXPERIMENT_MEMORY_LIMIT"
TOKEN_BYTES: Final = 32
SLACK_SECONDS: Final = 30.0
"""What Ray itself may take around a call that has its own deadline."""


@dataclass(frozen=True)
class Candidate:
    """A host that was started and has answered; it has no traffic and no actor yet."""

    host: Host
    name: str
    address: str
    token: str
    routes: list[str]


class Starter:
    """Starts hosts on one connection to Ray."""

    def __init__(
        self, parts: Parts, cluster: Cluster, bundles: Bundles, *, mongo_uri: str, bind: str | None
    ) -> None:
        self._parts = parts
        self._cluster = cluster
        self._bundles = bundles
        self._mongo_uri = mongo_uri
        self._bind = bind

    @property
    def _limits(self) -> Limits:
        return self._parts.limits

    async def environment(self, registered: Registered) -> tuple[Environment, float]:
        """What the version's workers need, installed where it is more than code, and the seconds that took.

        Raises: HostGone with pip's last lines, VersionDamaged, Unavailable.
        """
        environment = Environment(
            bundle_uri=await self._bundles.of(registered),
            packages=await self._packages(registered),
            variables={MEMORY_LIMIT: str(int(self._limits.experiment_memory_limit))},
        )
        began = time.monotonic()
        if environment.packages:
            await self._cluster.build(environment, seconds=self._limits.host_environment_seconds)
            return environment, time.monotonic() - began
        return environment, 0.0

    async def start(self, registered: Registered, environment: Environment) -> Candidate:
        """A host that serves. Raises: HostGone with the last lines of the reason."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        name = host_name(registered)
        plan = self._plan(registered, token)
        try:
            host = await self._cluster.start_host(name, plan, environment)
            address = await host.address(seconds=self._limits.host_start_seconds)
            routes = await host.routes(seconds=self._limits.host_start_seconds)
        except BaseException:
            await self._cluster.kill_host(name)
            raise
        return Candidate(host, name, address, token, routes)

    async def start_actor(self, host: Host) -> list[str]:
        """The last lines of the error, none if all is well. Raises: HostGone."""
        limits = self._limits
        return await host.start_actor(
            seconds=limits.host_start_seconds + limits.host_initialize_seconds + SLACK_SECONDS
        )

    def _plan(self, registered: Registered, token: str) -> dict[str, Any]:
        """As `HostPlan` and `ActorPlan` of the carried modules take it."""
        actor = {
            "slug": registered.slug,
            "mongo_uri": self._mongo_uri,
            "db_name": self._parts.settings.db_name,
            "read_scopes": registered.effective.read_scopes(registered.slug),
            "start_seconds": self._limits.host_start_seconds,
            "initialize_seconds": self._limits.host_initialize_seconds,
        }
        return {"actor": actor, "token": token, "bind": self._bind}

    async def _packages(self, registered: Registered) -> Sequence[str]:
        """What is to be installed: requirements that nodes do not meet as they are, beside what the platform pins."""
        folder = await materialise(
            registered, blobs=self._parts.blobs, root=self._parts.settings.versions_dir
        )
        path = folder / REQUIREMENTS
        if not await in_thread(path.is_file):
            return []
        wanted = read_requirements(await in_thread(path.read_bytes)).wanted
        if not wanted:
            return []
        missing, pins = await self._cluster.unmet([str(one) for one in wanted], sorted(PROVIDED))
        return [*missing, *pins] if missing else []


def host_name(registered: Registered) -> str:
    """Colons are in no slug, so it is no experiment's actor; new with each start."""
    return f"{host_prefix(registered.slug)}{registered.platform.revision}:{new_id()[-12:]}"


def host_prefix(slug: str) -> str:
    return f"host:{slug}:"
