"""The supervisor's connection to Ray: a local one that is started when first needed, or a cluster."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import structlog

from libs.common.home import HomeNotRunning, find_ray, reach_ray, resolve_mongo_uri
from libs.common.parts import Parts
from libs.common.ray_head import RayHead, ray_head
from services.importer.hosting.bundle import Bundles
from services.importer.hosting.cluster import Cluster
from services.importer.hosting.version import Starter

LOOPBACK: Final = "127.0.0.1"

log = structlog.get_logger(__name__)


class Connection:
    """Holds at most one; follows the local Ray when it comes back under another address."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._own = AsyncExitStack()
        self._own_head: RayHead | None = None
        self._connecting = asyncio.Lock()
        self._starter: Starter | None = None
        self.cluster = Cluster()

    def present(self) -> str | None:
        """The address of the Ray that runs, whether or not we are connected; None if none does."""
        if self._parts.settings.ray_address is not None:
            return self._parts.settings.ray_address
        head = self._own_head or find_ray(self._parts.settings)
        return head.address if head is not None else None

    async def open(self) -> Starter:
        """Connect, if need be, and start the local Ray for it. Raises: Unavailable."""
        async with self._connecting:
            if self._starter is None or self.cluster.address != self.present():
                self._starter = await self._connect()
            return self._starter

    async def drop_lost(self) -> None:
        """Let go of a Ray that has ended: it ends a process that stays connected to it for a minute."""
        if self.cluster.is_connected and self.cluster.address != self.present():
            async with self._connecting:
                self._starter = None
                await self.cluster.close()

    async def close(self) -> None:
        await self.cluster.close()
        await self._own.aclose()

    async def _connect(self) -> Starter:
        parts, settings = self._parts, self._parts.settings
        head = await self._head() if settings.ray_address is None else None
        address = head.address if head is not None else str(settings.ray_address)
        bundles = Bundles(parts, head)
        token = head.token() if head is not None else None
        await self.cluster.connect(address, token=token, base_uri=await bundles.base())
        given = settings.experiment_mongo_uri
        mongo_uri = given.get_secret_value() if given is not None else resolve_mongo_uri(settings)
        log.info("connected to ray", address=address)
        return Starter(
            parts, self.cluster, bundles, mongo_uri=mongo_uri, bind=LOOPBACK if head is not None else None
        )

    async def _head(self) -> RayHead:
        """The home's holder starts it; where a home has none, as `MONGO_URI` is set, it is a child of ours."""
        if self._own_head is not None:
            return self._own_head
        try:
            return await reach_ray(self._parts.settings)
        except HomeNotRunning:
            head, _ = await self._own.enter_async_context(ray_head(self._parts.settings.home / "ray"))
            self._own_head = head
            return head
